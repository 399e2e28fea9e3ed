using System.Text;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Intake;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Intake;

public class SubmissionReaderTests
{
    private const string Minimal = """{"patient":{"nhsNumber":"9434765919"},"service":"50001","priority":"URGENT","reason":"Chest pain"}""";

    [Fact]
    public void The_smallest_valid_submission_has_four_members()
    {
        Assert.True(Read(Minimal, Sample.ReferringClinician).TryGet(out var draft, out _));

        Assert.Equal(("9434765919", "50001", Priority.Urgent), (draft.Patient.NhsNumber.Reveal(), draft.Service, draft.Priority));
        Assert.Equal(Sample.ReferringClinician.User, draft.Referrer.Clinician);
        Assert.Equal(LetterIntention.NeedToAddLater, draft.LetterIntention);
    }

    [Fact]
    public void Every_problem_is_reported_at_once()
    {
        const string wrong = """
            {"patient":{"nhsNumber":"1234567890","birthDate":"2031-01-01","nickname":"A"},"service":null,"priority":"SOON",
             "reason":"   ","snomed":["22298007",5],"attachments":"none","letter":"MAYBE","pathwayStart":"2020-01-01T00:00:00Z","prority":"URGENT"}
            """;

        var errors = Read(wrong, Sample.ReferringAdmin).Problem!.Errors.Select(error => $"{error.Pointer} {error.Code}").Order(StringComparer.Ordinal);

        Assert.Equal(
            [
                "/attachments INVALID_VALUE", "/letter INVALID_CODE", "/pathwayStart INVALID_VALUE", "/patient/birthDate INVALID_VALUE",
                "/patient/nhsNumber INVALID_VALUE", "/patient/nickname UNEXPECTED_FIELD", "/priority INVALID_CODE", "/prority UNEXPECTED_FIELD",
                "/reason MISSING_VALUE", "/referringClinician VALUE_IS_REQUIRED", "/service INVALID_VALUE", "/snomed/0 INVALID_VALUE",
                "/snomed/1 INVALID_VALUE",
            ],
            errors);
    }

    [Fact]
    public void A_clinician_may_not_name_a_clinician()
    {
        var read = Read(
            Minimal.Replace("\"service\"", "\"referringClinician\":\"021600556514\",\"service\"", StringComparison.Ordinal), Sample.ReferringClinician);

        Assert.Equal("FIELD_NOT_PERMITTED", Assert.Single(read.Problem!.Errors).Code);
    }

    [Theory]
    [InlineData(8000, true)]
    [InlineData(8001, false)]
    public void A_reason_has_at_most_8000_characters(int length, bool isTaken)
    {
        var read = Read(Minimal.Replace("Chest pain", new string('x', length), StringComparison.Ordinal), Sample.ReferringClinician);

        Assert.Equal(isTaken, read.Problem is null);
    }

    [Theory]
    [InlineData(-364, true)]
    [InlineData(-366, false)]
    [InlineData(1, false)]
    public void A_pathway_starts_within_the_last_365_days(int days, bool isTaken)
    {
        var start = Sample.Now.AddDays(days).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null);
        var read = Read(Minimal.Replace("\"service\"", $"\"pathwayStart\":\"{start}\",\"service\"", StringComparison.Ordinal), Sample.ReferringClinician);

        Assert.Equal(isTaken, read.Problem is null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{\"a\":1,\"\\u0061\":2}")]
    [InlineData("{\"reason\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"a\":1}x")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}")]
    public void A_body_that_is_not_one_strict_JSON_object_is_rejected_as_unreadable(string text) =>
        Assert.Equal(400, (int)JsonBody.Parse(Encoding.UTF8.GetBytes(text)).Problem!.Status);

    [Theory]
    [InlineData("{\"a\":1,\n\"b\":}", "The body is not valid JSON, or nests deeper than 16 levels (line 2, byte 5).")]
    [InlineData("{\"a\":1,\"a\":2}", "The body has a duplicate key.")]
    public void An_unreadable_body_is_rejected_with_its_place_or_its_fault(string text, string detail) =>
        Assert.Equal(detail, JsonBody.Parse(Encoding.UTF8.GetBytes(text)).Problem!.Detail);

    [Fact]
    public void Invalid_UTF_8_is_rejected_as_unreadable() => Assert.NotNull(JsonBody.Parse([.. "{\"a\":\""u8, 0xC3, 0x28, .. "\"}"u8]).Problem);

    [Fact]
    public void The_reader_never_throws_for_random_bytes() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            JsonBody.Parse(bytes ?? []).TryGet(out var body, out var problem);
            using (body) return (body is null) != (problem is null);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_reader_never_throws_for_any_member_of_any_JSON_type()
    {
        string[] members =
        [
            "patient", "service", "priority", "reason", "snomed", "attachments", "letter", "pathwayStart", "specialty", "clinicType", "referringClinician"
        ];
        string[] values = ["null", "1", "-1e400", "true", "\"\"", "\" \"", "\"x\"", "[]", "[null]", "[[]]", "{}", "{\"nhsNumber\":[]}", "\"\\u0000\""];
        var pairs = from member in Gen.Elements(members) from value in Gen.Elements(values) select $"\"{member}\":{value}";
        Prop.ForAll(Gen.ListOf(pairs).ToArbitrary(), list =>
        {
            JsonBody.Parse(Encoding.UTF8.GetBytes($"{{{string.Join(',', list.DistinctBy(pair => pair.Split(':')[0]))}}}")).TryGet(out var body, out _);
            using (body) return ReadRoot(body!, Sample.ReferringClinician).Problem is not null;
        }).QuickCheckThrowOnFailure();
    }

    private static Result<Submission> Read(string json, Actor actor)
    {
        Assert.True(JsonBody.Parse(Encoding.UTF8.GetBytes(json)).TryGet(out var body, out _));
        using (body) return ReadRoot(body, actor);
    }

    private static Result<Submission> ReadRoot(JsonBody body, Actor actor) =>
        SubmissionReader.Read(body.Root, actor, new Present(Sample.Now, Present.Tolerance), "c");
}
