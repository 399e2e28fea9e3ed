using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.ReferenceData;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>The e-RS lists of reason codes, from their data files. <see cref="ReasonRules"/> decides which code is allowed when.</summary>
public static class Reasons
{
    /// <summary>The reason that the service gives to an appointment that ends because its referral was cancelled.</summary>
    public const string ReferralCancelled = "PATIENT_APPOINTMENT_CANCELLATION_OTHER";

    /// <summary>APPOINTMENT-CANCELLATION-REASON.</summary>
    public static IReadOnlyList<Reason> AppointmentCancellation { get; } = From(ReferenceList.AppointmentCancellationReasons);

    /// <summary>REFERRAL-CANCELLATION-REASON.</summary>
    public static IReadOnlyList<Reason> ReferralCancellation { get; } = From(ReferenceList.ReferralCancellationReasons);

    /// <summary>APPOINTMENT-NON-ATTENDANCE-REASON.</summary>
    public static IReadOnlyList<Reason> NonAttendance { get; } = From(ReferenceList.NonAttendanceReasons);

    private static Reason[] From(ReferenceList list) =>
        [.. list.All.Select(row => new Reason(row.Code, row.Display, Required<ReasonType>(row.Text("type")))
        {
            Usage = row.Text("usage") is { } usage ? Required<ReasonUsage>(usage) : null,
            Roles = [.. row.Texts("roles").Select(Required<Role>)],
            CommentIsMandatory = row.Flag("commentIsMandatory"),
            CanCancelAppointment = row.Flag("canCancelAppointment"),
            EffectiveFrom = row.From,
            EffectiveTo = row.To,
        })];

    private static T Required<T>(string? code) where T : struct, Enum =>
        Code.TryParse<T>(code, out var value) ? value : throw new InvalidDataException($"{code} is not a {typeof(T).Name} code.");
}
