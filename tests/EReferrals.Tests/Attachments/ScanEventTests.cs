using System.Text;
using EReferrals.Attachments;
using EReferrals.Referrals.Letters;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Attachments;

public sealed class ScanEventTests
{
    private const string Id = "3f0c1f6e-7a54-4c2f-9d51-0b8f3c1f2a90";

    [Fact]
    public void A_scanner_event_is_read()
    {
        var read = Read(Event($"https://records.blob.core.windows.net/attachments/{Id}", "No threats found"));

        Assert.Equal(new ScanEvent(Id, AttachmentStatus.Available, new DateTimeOffset(2026, 5, 4, 11, 31, 54, TimeSpan.Zero)), read);
    }

    [Fact]
    public void An_array_with_one_event_is_read() =>
        Assert.Equal(Id, Read($"[{Event($"http://127.0.0.1:10000/devstoreaccount1/attachments/{Id}", "Malicious")}]")?.Id);

    [Theory]
    [InlineData("No threats found", AttachmentStatus.Available)]
    [InlineData("Malicious", AttachmentStatus.ThreatsFound)]
    [InlineData("Error", AttachmentStatus.ValidationFailed)]
    [InlineData("Not Scanned", AttachmentStatus.ValidationFailed)]
    [InlineData("no threats found", AttachmentStatus.ValidationFailed)]
    public void Only_the_exact_verdict_makes_a_file_readable(string result, AttachmentStatus status) =>
        Assert.Equal(status, Read(Event($"https://records.blob.core.windows.net/attachments/{Id}", result))?.Verdict);

    [Theory]
    [InlineData("https://records.blob.core.windows.net/audit/3f0c1f6e-7a54-4c2f-9d51-0b8f3c1f2a90")]
    [InlineData("https://records.blob.core.windows.net/attachments/2026/letter.pdf")]
    [InlineData("https://records.blob.core.windows.net/attachments/")]
    [InlineData("attachments/3f0c1f6e-7a54-4c2f-9d51-0b8f3c1f2a90")]
    [InlineData("")]
    public void An_event_for_a_blob_that_is_not_an_attachment_is_ignored(string blobUri) => Assert.Null(Read(Event(blobUri, "No threats found")));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("[{},{}]")]
    [InlineData("{\"eventType\":\"Microsoft.Security.MalwareScanningResult\"}")]
    [InlineData("{\"eventType\":\"Microsoft.Security.MalwareScanningResult\",\"data\":null}")]
    [InlineData("{\"eventType\":\"Microsoft.Security.MalwareScanningResult\",\"data\":{\"blobUri\":7}}")]
    [InlineData("{\"eventType\":\"Microsoft.Storage.BlobCreated\",\"data\":{}}")]
    [InlineData("{\"eventType\":\"\\ud800\",\"data\":{}}")]
    public void A_body_that_is_not_a_scan_event_is_ignored(string body) => Assert.Null(Read(body));

    [Fact]
    public void The_reader_never_throws_for_random_bytes() =>
        Prop.ForAll<byte[]>(bytes => ScanEvent.Read(bytes) is null).QuickCheckThrowOnFailure();

    private static ScanEvent? Read(string body) => ScanEvent.Read(Encoding.UTF8.GetBytes(body));

    private static string Event(string blobUri, string result) => $$"""
        {
          "id": "52d00da0-8f1a-4c3c-aa2c-24831967356b", "subject": "storageAccounts/records/containers/attachments/blobs/x",
          "eventType": "Microsoft.Security.MalwareScanningResult", "dataVersion": "1.0", "metadataVersion": "1", "eventTime": "2026-05-04T11:31:54Z",
          "data": {
            "correlationId": "52d00da0-8f1a-4c3c-aa2c-24831967356b", "blobUri": "{{blobUri}}", "eTag": "0x8DB4C9327B08CBF",
            "scanFinishedTimeUtc": "2026-05-04T11:31:54.0000000Z", "scanResultType": "{{result}}", "scanResultDetails": { "sha256": "x" }
          }
        }
        """;
}
