using EReferrals.Http.Requests;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;

namespace EReferrals.Lifecycle.Commands.Booking;

/// <summary>Reads the members that the booking commands share.</summary>
internal static class BookingFields
{
    private const string IdOfService = "an id of letters, digits and hyphens";

    public static string? SlotId(this JsonFields fields, string member) => fields.Text(member, SlotName.MaxLength, SlotName.IsId, SlotName.Form);

    public static string? ServiceReference(this JsonFields fields, bool required = true) =>
        fields.Text("service", CommandLimits.Code, Identifiers.IsServiceReference, IdOfService, required);

    public static IReadOnlyList<string>? ServiceReferences(this JsonFields fields, string member, int most) =>
        fields.Texts(member, most, CommandLimits.Code, Identifiers.IsServiceReference, IdOfService, required: true);
}
