using System.Text.Json;
using System.Text.Json.Nodes;
using EReferrals.Referrals;
using EReferrals.Storage;

namespace EReferrals.Tests.Storage;

public sealed class StoredReferralTests
{
    [Fact]
    public void A_problem_stored_as_a_string_by_an_earlier_version_can_be_read()
    {
        var stored = JsonSerializer.SerializeToNode(Sample.ReferralAwaitingTriage(), StorageJson.Default.Referral)!.AsObject();
        stored["problems"] = new JsonArray("Attachment 5b2f8c1e-7a43-4d0b-9e55-2f1c6d7a8b90 was left off.");

        var problem = Assert.Single(stored.Deserialize(StorageJson.Default.Referral)!.Problems);

        Assert.Equal(new ReferralProblem(ProblemCode.AttachmentLeftOff, "Attachment 5b2f8c1e-7a43-4d0b-9e55-2f1c6d7a8b90 was left off.", default), problem);
    }

    [Fact]
    public void A_problem_is_read_as_it_was_stored()
    {
        var problem = new ReferralProblem(ProblemCode.LetterBlocked, "A letter cannot be opened.", Sample.Now);

        var read = JsonSerializer.Deserialize(
            JsonSerializer.SerializeToUtf8Bytes(Sample.ReferralAwaitingTriage() with { Problems = [problem] }, StorageJson.Default.Referral),
            StorageJson.Default.Referral)!;

        Assert.Equal([problem], read.Problems);
    }
}
