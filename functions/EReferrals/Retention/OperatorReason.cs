using EReferrals.Http.Requests;

namespace EReferrals.Retention;

/// <summary>Why an operator holds, releases or erases a referral: the only member of these requests.</summary>
internal static class OperatorReason
{
    private const int Longest = 500;

    public static string? Read(JsonFields fields) => fields.Text("reason", Longest, required: true, lines: true);
}
