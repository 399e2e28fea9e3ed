using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Slots;

internal static class SlotsRegistration
{
    public static IServiceCollection AddSlots(this IServiceCollection services) => services
        .AddSingleton<SlotReservations>()
        .AddSingleton<SlotUpload>();
}
