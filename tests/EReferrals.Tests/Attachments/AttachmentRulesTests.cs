using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Attachments;

public sealed class AttachmentRulesTests
{
    private static readonly Ubrn Referral = Ubrn.FromSequence(1);
    private static readonly Ubrn Other = Ubrn.FromSequence(2);

    private static readonly Attachment Pending = new()
    {
        Id = "3f0c1f6e-7a54-4c2f-9d51-0b8f3c1f2a90",
        Name = "Jones, Ann.pdf",
        ContentType = "application/pdf",
        Size = 9,
        Sha256 = new string('0', 64),
        UploadedBy = new Actor("021600556514", "D82106", Role.ReferringClinician),
        UploadedAt = new DateTimeOffset(2026, 11, 1, 9, 0, 0, TimeSpan.Zero),
    };

    public static TheoryData<string, Attachment> MayBeNamed => new()
    {
        { "being scanned", Pending },
        { "clean", Pending with { Status = AttachmentStatus.Available } },
        { "uploaded for this referral", Pending with { UploadedFor = Referral } },
        { "linked to this referral before", Pending with { LinkedTo = Referral } },
    };

    public static TheoryData<string, Attachment?, string> MayNotBeNamed => new()
    {
        { "AttachmentMustExist", null, "REFERENCE_NOT_FOUND" },
        { "AttachmentMustBeOwn", Pending with { UploadedBy = Pending.UploadedBy with { Organisation = "R69" } }, "INAPPROPRIATE_VALUE" },
        { "AttachmentMustBeClean", Pending with { Status = AttachmentStatus.ThreatsFound }, "INVALID_STATE" },
        { "AttachmentMustBeReadable", Pending with { Status = AttachmentStatus.ValidationFailed }, "INVALID_STATE" },
        { "AttachmentMustBeFree", Pending with { LinkedTo = Other }, "INAPPROPRIATE_VALUE" },
        { "AttachmentMustBeForThisReferral", Pending with { UploadedFor = Other }, "INAPPROPRIATE_VALUE" },
    };

    [Theory]
    [MemberData(nameof(MayBeNamed))]
    public void A_caller_may_name_an_attachment_of_its_own_organisation(string what, Attachment attachment) =>
        Assert.True(AttachmentRules.MayBeNamed(attachment, "D82106", Referral, "/attachments/0") is null, what);

    [Theory]
    [MemberData(nameof(MayNotBeNamed))]
    public void A_refusal_gives_the_rule_the_error_code_and_the_field(string rule, Attachment? attachment, string code)
    {
        var refusal = AttachmentRules.MayBeNamed(attachment, "D82106", Referral, "/attachments/3");

        Assert.Equal((rule, code, "/attachments/3"), (refusal?.Rule, refusal?.Code, refusal?.Pointer));
    }

    [Fact]
    public void An_attachment_of_a_referral_is_refused_while_the_referral_number_is_unknown()
    {
        Assert.Null(AttachmentRules.MayBeNamed(Pending, "D82106", null, ""));
        Assert.NotNull(AttachmentRules.MayBeNamed(Pending with { LinkedTo = Referral }, "D82106", null, ""));
        Assert.NotNull(AttachmentRules.MayBeNamed(Pending with { UploadedFor = Referral }, "D82106", null, ""));
    }

    [Fact]
    public void The_status_does_not_depend_on_the_order_or_number_of_scan_verdicts() =>
        Prop.ForAll<AttachmentStatus[]>(verdicts =>
        {
            var status = verdicts.Aggregate(AttachmentStatus.Pending, AttachmentRules.After);
            return status == verdicts.Reverse().Concat(verdicts).Aggregate(AttachmentStatus.Pending, AttachmentRules.After);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_threat_verdict_is_final() =>
        Assert.All(Enum.GetValues<AttachmentStatus>(), verdict =>
            Assert.Equal(AttachmentStatus.ThreatsFound, AttachmentRules.After(AttachmentStatus.ThreatsFound, verdict)));

    [Fact]
    public void A_later_failed_scan_does_not_hide_a_clean_file() =>
        Assert.Equal(AttachmentStatus.Available, AttachmentRules.After(AttachmentStatus.Available, AttachmentStatus.ValidationFailed));

    [Fact]
    public void The_text_of_an_attachment_does_not_contain_the_file_name() => Assert.DoesNotContain("Jones", Pending.ToString(), StringComparison.Ordinal);
}
