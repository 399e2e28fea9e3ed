using EReferrals.Http;

namespace EReferrals.Slots;

internal static class SlotProblems
{
    public static Problem NoService { get; } = Problem.NotFound("There is no service with this id.");

    public static Problem NoSlot { get; } = Problem.NotFound("The service has no slot with this id.");

    public static Problem NotAvailable(string detail) => Problem.Conflict("slot-not-available", "The slot is not available", detail);
}
