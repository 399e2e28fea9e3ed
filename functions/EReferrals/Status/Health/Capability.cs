using EReferrals.Status.Canary;

namespace EReferrals.Status.Health;

/// <summary>What people do with the service, and whether they can: the components said in their words.</summary>
internal sealed record Capability(string Name, CapabilityState State, string Detail)
{
    public static IReadOnlyList<Capability> From(StatusReport report)
    {
        bool Fails(string name) => report.Components.Any(component => component.Name == name && component.State == ComponentState.Fail);
        return
        [
            Sending(Fails, report.Mode),
            Arriving(report.Canary),
            Reading(Fails),
            Acting(Fails, report.Mode),
            Attaching(Fails, report.Mode),
        ];
    }

    private static Capability Sending(Func<string, bool> fails, ServiceMode mode)
    {
        const string name = "Sending referrals";
        if (fails(ComponentStatus.ServiceBus)) return new(name, CapabilityState.Failing, "Referrals are not accepted. Keep them, and send them again later.");
        if (mode.ReadOnly) return new(name, CapabilityState.Off, "Switched off for now. Keep referrals, and send them again later.");
        return fails(ComponentStatus.Tables)
            ? new(name, CapabilityState.Limited, "Referrals are accepted and kept safe. They reach worklists when the store answers again.")
            : new(name, CapabilityState.Working, "Referrals are accepted.");
    }

    private static Capability Arriving(CanaryStatus canary)
    {
        const string name = "Reaching worklists";
        return canary.State switch
        {
            CanaryState.Arriving => new(name, CapabilityState.Working, "What is sent stands on its worklist soon after."),
            CanaryState.Starting => new(name, CapabilityState.Unknown, "The service has just started; the first test referral is on its way."),
            CanaryState.Slow => new(name, CapabilityState.Limited, "What is sent reaches its worklist late. Nothing is lost."),
            CanaryState.Missing => new(name, CapabilityState.Failing, "New referrals do not reach worklists. For urgent and two-week-wait referrals, telephone as well."),
            CanaryState.Off => new(name, CapabilityState.Unknown, "Not measured: test referrals are switched off."),
            _ => new(name, CapabilityState.Unknown, "Cannot be told just now."),
        };
    }

    private static Capability Reading(Func<string, bool> fails)
    {
        const string name = "Reading worklists";
        if (!fails(ComponentStatus.Tables)) return new(name, CapabilityState.Working, "Worklists are up to date.");
        return fails(ComponentStatus.ContingencyBlobs)
            ? new(name, CapabilityState.Failing, "Worklists cannot be read. Use the contingency worklists that your organisation holds.")
            : new(name, CapabilityState.Limited, "Worklists are shown from the last copy, which says how old it is.");
    }

    private static Capability Acting(Func<string, bool> fails, ServiceMode mode)
    {
        const string name = "Accepting, returning and booking";
        if (fails(ComponentStatus.Tables) || fails(ComponentStatus.ServiceBus)) return new(name, CapabilityState.Failing, "Referrals cannot be changed just now. Try again later.");
        if (mode.ReadOnly) return new(name, CapabilityState.Off, "Switched off for now: referrals can be read only.");
        return mode.Booking
            ? new(name, CapabilityState.Working, "Referrals can be acted on.")
            : new(name, CapabilityState.Limited, "Booking is switched off for now; everything else can be done.");
    }

    private static Capability Attaching(Func<string, bool> fails, ServiceMode mode)
    {
        const string name = "Letters and attachments";
        if (fails(ComponentStatus.RecordsBlobs)) return new(name, CapabilityState.Failing, "Attachments can be neither sent nor opened. Send the referral, and the letter later.");
        return mode is { Uploads: true, ReadOnly: false }
            ? new(name, CapabilityState.Working, "Attachments can be sent and opened.")
            : new(name, CapabilityState.Limited, "Attachments can be opened. Sending them is switched off for now.");
    }
}

internal enum CapabilityState
{
    Working,
    Limited,
    Off,
    Failing,
    Unknown,
}
