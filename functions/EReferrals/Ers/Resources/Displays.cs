using EReferrals.Referrals;
using EReferrals.Referrals.ReferenceData;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Resources;

/// <summary>The words that e-RS shows beside its codes.</summary>
internal static class Displays
{
    /// <summary>The words on a referral: "Triaged - Provider To Action".</summary>
    public static string OnReferral(ReferralState state) => state switch
    {
        ReferralState.TriagedProviderToAction => "Triaged - Provider To Action",
        ReferralState.ApptCancelledByPatient => "Appointment Cancelled By Patient",
        ReferralState.ApptCancelledByProvider => "Appointment Cancelled By Provider",
        _ => Title(Code.From(state)),
    };

    /// <summary>The words on a worklist: "Not booked".</summary>
    public static string OnWorklist(ReferralState state) => state switch
    {
        ReferralState.TriageResponse => "Triage Response",
        ReferralState.ApptCancelledByPatient => "Appointment cancelled by patient",
        ReferralState.ApptCancelledByProvider => "Appointment cancelled by provider",
        _ => Sentence(Code.From(state)),
    };

    /// <summary>On worklists, e-RS spells two codes of the states with one P.</summary>
    public static string CodeOnWorklist(ReferralState state) => state switch
    {
        ReferralState.ApptCancelledByPatient => "APP_CANCELLED_BY_PATIENT",
        ReferralState.ApptCancelledByProvider => "APP_CANCELLED_BY_PROVIDER",
        _ => Code.From(state),
    };

    public static string Of(Priority priority) =>
        ReferenceList.Priorities.TryGet(Code.From(priority), out var row) ? row.Text("resourceDisplay")! : Title(Code.From(priority));

    /// <summary>The words for the outcome of a review. e-RS writes the capitals of one of them differently.</summary>
    public static string OfOutcome(string code) => code == "RETURN_TO_REFERRER_WITH_ADVICE" ? "Return to Referrer With Advice" : Title(code);

    /// <summary>ACCEPT_REFER_BOOK_LATER: "Accept Refer Book Later".</summary>
    public static string Title(string code) =>
        string.Join(' ', code.Split('_').Select(word => word.Length == 0 ? word : word[0] + word[1..].ToLowerInvariant()));

    private static string Sentence(string code)
    {
        var words = code.Replace('_', ' ').ToLowerInvariant();
        return char.ToUpperInvariant(words[0]) + words[1..];
    }
}
