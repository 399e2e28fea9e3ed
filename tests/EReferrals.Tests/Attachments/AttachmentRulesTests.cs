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
    public void An_own_attachment_may_be_named(string what, Attachment attachment) =>
        Assert.True(AttachmentRules.MayBeNamed(attachment, "D82106", Referral, "/attachments/0") is null, what);

    [Theory]
    [MemberData(nameof(MayNotBeNamed))]
    public void A_refusal_names_the_rule_the_code_and_the_place(string rule, Attachment? attachment, string code)
    {
        var refusal = AttachmentRules.MayBeNamed(attachment, "D82106", Referral, "/attachments/3");

        Assert.Equal((rule, code, "/attachments/3"), (refusal?.Rule, refusal?.Code, refusal?.Pointer));
    }

    [Fact]
    public void While_the_number_is_unknown_nothing_that_belongs_to_a_referral_may_be_named()
    {
        Assert.Null(AttachmentRules.MayBeNamed(Pending, "D82106", null, ""));
        Assert.NotNull(AttachmentRules.MayBeNamed(Pending with { LinkedTo = Referral }, "D82106", null, ""));
        Assert.NotNull(AttachmentRules.MayBeNamed(Pending with { UploadedFor = Referral }, "D82106", null, ""));
    }

    [Fact]
    public void Verdicts_in_any_order_and_number_give_the_same_status() =>
        Prop.ForAll<AttachmentStatus[]>(verdicts =>
        {
            var status = verdicts.Aggregate(AttachmentStatus.Pending, AttachmentRules.After);
            return status == verdicts.Reverse().Concat(verdicts).Aggregate(AttachmentStatus.Pending, AttachmentRules.After);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_threat_is_for_good() =>
        Assert.All(Enum.GetValues<AttachmentStatus>(), verdict =>
            Assert.Equal(AttachmentStatus.ThreatsFound, AttachmentRules.After(AttachmentStatus.ThreatsFound, verdict)));

    [Fact]
    public void A_later_scan_that_failed_does_not_hide_a_clean_file() =>
        Assert.Equal(AttachmentStatus.Available, AttachmentRules.After(AttachmentStatus.Available, AttachmentStatus.ValidationFailed));

    [Fact]
    public void Its_text_does_not_hold_the_file_name() => Assert.DoesNotContain("Jones", Pending.ToString(), StringComparison.Ordinal);
}
