using System.Reflection;
using EReferrals.Audit;
using EReferrals.Referrals.Values;
using EReferrals.Tests.Audit;
using EReferrals.Tests.Contingency;
using EReferrals.Tests.DeadLetters;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Operations;
using EReferrals.Tests.Retention;
using EReferrals.Tests.Services;
using EReferrals.Tests.Transfers;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Tests.Policy;

/// <summary>
/// What each HTTP function records in the audit trail, or why it records nothing. A new function or action changes these tables, so that a reviewer sees it.
/// </summary>
public sealed class AuditPolicyTests
{
    private const string Event = "a change is recorded by the event of the referral, in one transaction with it, and a repeat is";
    private const string NoPatient = "shows nothing about patients";
    private const string OwnBody = "shows only what its caller sent";
    private const string Static = "shows the same to everybody";

    private static readonly Dictionary<string, (AuditedAction[] Records, string Why)> Functions = new()
    {
        ["AcceptErsReferralFunction"] = ([AuditedAction.ReferralRead], Event),
        ["AcceptReferralFunction"] = ([AuditedAction.ReferralRead], Event),
        ["AcknowledgeReferralFunction"] = ([AuditedAction.ReferralRead], Event),
        ["ApproveServiceFunction"] = ([AuditedAction.ServiceApproved], ""),
        ["BookAppointmentFunction"] = ([AuditedAction.ReferralRead], Event),
        ["BookErsAppointmentFunction"] = ([AuditedAction.ReferralRead], Event),
        ["CancelAppointmentFunction"] = ([AuditedAction.ReferralRead], Event),
        ["CancelErsReferralFunction"] = ([AuditedAction.ReferralRead], Event),
        ["CancelReferralFunction"] = ([AuditedAction.ReferralRead], Event),
        ["ChangeErsShortlistFunction"] = ([AuditedAction.ReferralRead], Event),
        ["ChangeLettersFunction"] = ([AuditedAction.ReferralRead], Event),
        ["ChangeShortlistFunction"] = ([AuditedAction.ReferralRead], Event),
        ["ConfirmActionFunction"] = ([AuditedAction.ConfirmationGiven, AuditedAction.ModeChanged, AuditedAction.DeadLetterDiscarded], ""),
        ["CorrectOutcomeFunction"] = ([AuditedAction.ReferralRead], Event),
        ["CorrectPatientFunction"] = ([AuditedAction.ReferralRead], Event),
        ["CreateErsReferralFunction"] = ([AuditedAction.ReferralRead], Event),
        ["DeferReferralFunction"] = ([AuditedAction.ReferralRead], Event),
        ["DeleteMessageFunction"] = ([AuditedAction.MessageChanged], ""),
        ["DiscardDeadLetterFunction"] =
            ([AuditedAction.DeadLetterDiscarded, AuditedAction.ConfirmationAsked, AuditedAction.ConfirmationOverridden], ""),
        ["DownloadFileFunction"] = ([AuditedAction.AttachmentRead], ""),
        ["EndLinksFunction"] = ([AuditedAction.PackLinksEnded], ""),
        ["EraseReferralFunction"] = ([AuditedAction.ReferralErased], ""),
        ["ExportWorklistFunction"] = ([AuditedAction.WorklistExported], ""),
        ["FetchWorklistFunction"] = ([AuditedAction.WorklistRead], ""),
        ["FindSlotsFunction"] = ([], "shows free slots only"),
        ["FollowFileFunction"] = ([], "its ticket was issued by LocateFileFunction, which recorded the reader and the file"),
        ["GetAppConfigFunction"] = ([], Static),
        ["GetAppFileFunction"] = ([], Static),
        ["GetAppPageFunction"] = ([], Static),
        ["GetAttachmentFunction"] = ([AuditedAction.AttachmentRead], "not modified shows nothing new"),
        ["GetAttachmentStatusFunction"] = ([], "shows only whether a file was scanned"),
        ["GetChangesFunction"] = ([AuditedAction.ChangesRead], "no changes show no patient"),
        ["GetCodeSystemFunction"] = ([], Static),
        ["GetConfirmationFunction"] = ([], NoPatient),
        ["GetDeadLetterFunction"] = ([AuditedAction.DeadLettersRead], ""),
        ["GetDocsPageFunction"] = ([], Static),
        ["GetErsStatusFunction"] = ([], Static),
        ["GetHistoryFunction"] = ([AuditedAction.HistoryRead], ""),
        ["GetKeptReferralFunction"] = ([AuditedAction.RetentionRead], ""),
        ["GetLivenessFunction"] = ([], Static),
        ["GetModeFunction"] = ([], NoPatient),
        ["GetOpenApiFunction"] = ([], Static),
        ["GetPackFunction"] = ([AuditedAction.PackRead, AuditedAction.PackLinked], ""),
        ["GetPingFunction"] = ([], Static),
        ["GetReadinessFunction"] = ([], Static),
        ["GetReferralFunction"] = ([AuditedAction.ReferralRead], ""),
        ["GetRetentionFunction"] = ([], NoPatient),
        ["GetSecurityTextFunction"] = ([], Static),
        ["GetServiceFunction"] = ([], NoPatient),
        ["GetServiceHistoryFunction"] = ([], NoPatient),
        ["GetStatusFunction"] = ([], Static),
        ["GetStatusPageFunction"] = ([], Static),
        ["GetTransferFunction"] = ([AuditedAction.TransfersRead], ""),
        ["GetWorklistFunction"] = ([AuditedAction.WorklistRead], "not modified shows nothing new"),
        ["LiftLegalHoldFunction"] = ([AuditedAction.LegalHoldLifted], ""),
        ["ListActionsFunction"] = ([AuditedAction.ReferralRead], ""),
        ["ListConfirmationsFunction"] = ([], NoPatient),
        ["ListDeadLettersFunction"] = ([AuditedAction.DeadLettersRead], ""),
        ["ListMessagesFunction"] = ([], NoPatient),
        ["ListMyRolesFunction"] = ([], "shows the roles of its caller"),
        ["ListSlotsFunction"] = ([AuditedAction.SlotsRead], "free slots show no patient"),
        ["ListTransfersFunction"] = ([AuditedAction.TransfersRead], ""),
        ["ListWorklistsFunction"] = ([], "shows how long each list is"),
        ["LocateFileFunction"] = ([AuditedAction.AttachmentRead], ""),
        ["MaintainLetterFunction"] = ([AuditedAction.ReferralRead], Event),
        ["MonitorErsFunction"] = ([], Static),
        ["OrderTransferFunction"] = ([AuditedAction.TransferOrdered], ""),
        ["PingErsFunction"] = ([], Static),
        ["PlaceLegalHoldFunction"] = ([AuditedAction.LegalHoldPlaced], ""),
        ["PostMessageFunction"] = ([AuditedAction.MessageChanged], ""),
        ["PrintWorklistFunction"] = ([AuditedAction.WorklistPrinted, AuditedAction.ReferralRead], ""),
        ["PutModeFunction"] = ([AuditedAction.ModeChanged, AuditedAction.ConfirmationAsked, AuditedAction.ConfirmationOverridden], ""),
        ["PutServiceFunction"] = ([AuditedAction.ServiceChanged], ""),
        ["PutSlotsFunction"] = ([], "shows what its caller sent; a taken slot is refused without its referral"),
        ["RecordOutcomeFunction"] = ([AuditedAction.ReferralRead], Event),
        ["RecordReviewOutcomeFunction"] = ([AuditedAction.ReferralRead], Event),
        ["RedirectReferralFunction"] = ([AuditedAction.ReferralRead], Event),
        ["RejectErsReferralFunction"] = ([AuditedAction.ReferralRead], Event),
        ["RejectReferralFunction"] = ([AuditedAction.ReferralRead], Event),
        ["RejectServiceFunction"] = ([AuditedAction.ServiceRejected], ""),
        ["ReplayDeadLetterFunction"] = ([AuditedAction.DeadLetterReplayed], ""),
        ["ReportPaperFunction"] = ([AuditedAction.ReferralRead], Event),
        ["RetrieveAppointmentFunction"] = ([AuditedAction.ReferralRead], ""),
        ["RetrieveAppointmentVersionFunction"] = ([AuditedAction.ReferralRead], ""),
        ["RetrieveReferralFunction"] = ([AuditedAction.ReferralRead], ""),
        ["RetrieveReferralVersionFunction"] = ([AuditedAction.ReferralRead], ""),
        ["ReturnReferralFunction"] = ([AuditedAction.ReferralRead], Event),
        ["SearchAuditFunction"] = ([AuditedAction.AuditRead], ""),
        ["SearchServiceRequestsFunction"] = ([AuditedAction.ReferralRead], "a search without a result shows no patient"),
        ["SearchServicesFunction"] = ([], NoPatient),
        ["SendForTriageFunction"] = ([AuditedAction.ReferralRead], Event),
        ["SubmitReferralFunction"] = ([], "shows only the number of the referral, to a user who repeats it too"),
        ["UnknownRouteFunction"] = ([], Static),
        ["UploadAttachmentFunction"] = ([], OwnBody),
        ["UploadFileFunction"] = ([], OwnBody),
        ["VerifyAuditFunction"] = ([AuditedAction.AuditVerified], ""),
        ["WithdrawServiceFunction"] = ([AuditedAction.ServiceWithdrawn], ""),
        ["WithdrawSlotFunction"] = ([], NoPatient),
    };

    /// <summary>Actions that no HTTP function alone records.</summary>
    private static readonly Dictionary<AuditedAction, string> Others = new()
    {
        [AuditedAction.Refused] = "the middleware, for every function that is not open to everybody",
        [AuditedAction.ReferralDeleted] = "the sweeper",
        [AuditedAction.PackLinkRead] = "the recorder of reads by links, from the log of the storage account",
    };

    /// <summary>A test whose requests produce an entry of this action. An entry that breaks its rule would fail it.</summary>
    private static readonly Dictionary<AuditedAction, (Type Tests, string Test)> ProducedBy = new()
    {
        [AuditedAction.Refused] = (typeof(AuditTests), nameof(AuditTests.Every_refused_attempt_writes_one_audit_entry_with_caller_and_resource)),
        [AuditedAction.ReferralRead] = (typeof(AuditTests), nameof(AuditTests.Every_read_of_patient_data_writes_one_audit_entry_with_reader_and_resource)),
        [AuditedAction.HistoryRead] = (typeof(AuditTests), nameof(AuditTests.Every_read_of_patient_data_writes_one_audit_entry_with_reader_and_resource)),
        [AuditedAction.WorklistRead] = Doors,
        [AuditedAction.ChangesRead] = Doors,
        [AuditedAction.WorklistPrinted] = Doors,
        [AuditedAction.WorklistExported] = Doors,
        [AuditedAction.AttachmentRead] = (typeof(AuditDoorTests), nameof(AuditDoorTests.An_attachment_records_the_referral_that_it_belongs_to)),
        [AuditedAction.PackRead] =
            (typeof(ContingencyTests), nameof(ContingencyTests.A_pack_that_is_read_and_one_that_is_linked_record_each_referral_in_them)),
        [AuditedAction.PackLinked] =
            (typeof(ContingencyTests), nameof(ContingencyTests.The_issue_of_a_link_is_audited_with_the_generation_that_it_reads)),
        [AuditedAction.PackLinkRead] =
            (typeof(PackReadTests), nameof(PackReadTests.A_read_of_a_pack_by_a_link_is_found_by_a_search_for_each_referral_in_it)),
        [AuditedAction.PackLinksEnded] = (typeof(ContingencyTests), nameof(ContingencyTests.An_operator_ends_the_links_of_one_organisation_and_no_others)),
        [AuditedAction.DeadLettersRead] =
            (typeof(DeadLetterTests), nameof(DeadLetterTests.An_unreadable_dead_letter_is_shown_with_its_reason_and_without_its_body)),
        [AuditedAction.DeadLetterReplayed] = (typeof(DeadLetterTests), nameof(DeadLetterTests.A_replayed_dead_letter_becomes_its_referral)),
        [AuditedAction.DeadLetterDiscarded] =
            (typeof(DeadLetterTests), nameof(DeadLetterTests.A_discarded_dead_letter_is_gone_and_its_discard_is_audited)),
        [AuditedAction.ModeChanged] = (typeof(AuditDoorTests), nameof(AuditDoorTests.A_mode_and_a_message_record_the_old_and_the_new_value)),
        [AuditedAction.ConfirmationAsked] =
            (typeof(ConfirmationTests), nameof(ConfirmationTests.A_switch_to_read_only_waits_until_another_operator_confirms_it)),
        [AuditedAction.ConfirmationGiven] =
            (typeof(ConfirmationTests), nameof(ConfirmationTests.A_switch_to_read_only_waits_until_another_operator_confirms_it)),
        [AuditedAction.ConfirmationOverridden] = (
            typeof(ConfirmationTests),
            nameof(ConfirmationTests.An_emergency_is_done_at_once_recorded_with_its_reason_audited_and_counted_for_its_alert)),
        [AuditedAction.MessageChanged] = (typeof(AuditDoorTests), nameof(AuditDoorTests.A_mode_and_a_message_record_the_old_and_the_new_value)),
        [AuditedAction.TransferOrdered] =
            (typeof(TransferTests), nameof(TransferTests.A_referral_that_cannot_be_moved_is_named_and_is_moved_by_the_same_order_after_repair)),
        [AuditedAction.TransfersRead] =
            (typeof(TransferTests), nameof(TransferTests.A_referral_that_cannot_be_moved_is_named_and_is_moved_by_the_same_order_after_repair)),
        [AuditedAction.LegalHoldPlaced] = Sweep,
        [AuditedAction.LegalHoldLifted] = Sweep,
        [AuditedAction.RetentionRead] = Sweep,
        [AuditedAction.ReferralDeleted] = Sweep,
        [AuditedAction.ReferralErased] = (
            typeof(SweeperTests),
            nameof(SweeperTests.An_erasure_leaves_nothing_of_the_patient_in_rows_files_feeds_and_copies_and_the_number_answers_410)),
        [AuditedAction.ServiceChanged] = Directory,
        [AuditedAction.ServiceApproved] = Directory,
        [AuditedAction.ServiceRejected] = (
            typeof(DirectoryApprovalTests), nameof(DirectoryApprovalTests.A_rejected_change_leaves_what_was_approved_and_tells_its_provider_why)),
        [AuditedAction.ServiceWithdrawn] = (
            typeof(DirectoryApprovalTests),
            nameof(DirectoryApprovalTests.A_withdrawn_service_is_neither_found_nor_referred_to_its_referrals_go_on_and_approving_it_again_shows_it)),
        [AuditedAction.AuditVerified] = (typeof(AuditVerificationTests), nameof(AuditVerificationTests.A_verification_is_audited)),
        [AuditedAction.AuditRead] = (typeof(AuditSearchTests), nameof(AuditSearchTests.A_search_is_itself_recorded_with_the_referral_and_the_period)),
        [AuditedAction.SlotsRead] = (typeof(AuditDoorTests), nameof(AuditDoorTests.The_slots_of_a_service_record_the_referrals_that_have_them)),
    };

    private static (Type, string) Doors => (
        typeof(AuditDoorTests), nameof(AuditDoorTests.Every_answer_that_shows_referrals_records_the_digest_of_each_with_version_filters_and_count));

    private static (Type, string) Sweep => (
        typeof(SweeperTests), nameof(SweeperTests.After_its_period_a_referral_is_deleted_whole_and_what_is_open_or_listed_or_held_or_followed_stays));

    private static (Type, string) Directory => (
        typeof(DirectoryApprovalTests), nameof(DirectoryApprovalTests.The_audit_has_the_old_and_the_new_values_of_a_change_and_of_its_approval));

    [Fact]
    public void Every_HTTP_function_says_what_it_records_or_why_nothing()
    {
        var functions = typeof(EReferrals.Program).Assembly.GetTypes()
            .Where(type => type.GetMethods().SelectMany(method => method.GetParameters()).Any(one => one.IsDefined(typeof(HttpTriggerAttribute))))
            .Select(type => type.Name);

        Assert.Equal(functions.Order(StringComparer.Ordinal), Functions.Keys.Order(StringComparer.Ordinal));
        Assert.All(Functions, row => Assert.True(row.Value.Records.Length > 0 || row.Value.Why.Length > 0, row.Key));
    }

    [Fact]
    public void Every_audited_action_is_recorded_by_a_function_or_by_what_else_is_named() => Assert.Equal(
        Enum.GetValues<AuditedAction>().Select(Code.From).Order(),
        Functions.Values.SelectMany(row => row.Records).Concat(Others.Keys).Distinct().Select(Code.From).Order());

    [Fact]
    public void Every_audited_action_has_a_test_whose_requests_produce_it()
    {
        Assert.Equal(Enum.GetValues<AuditedAction>().Select(Code.From).Order(), ProducedBy.Keys.Select(Code.From).Order());
        Assert.All(ProducedBy.Values, named => Assert.NotNull(named.Tests.GetMethod(named.Test)?.GetCustomAttribute<FactAttribute>(inherit: true)));
    }
}
