using EReferrals.Status.Canary;

namespace EReferrals.Status.Health;

/// <summary>An activity of the service's users and whether it works, derived from the states of the components.</summary>
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
        if (fails(ComponentStatus.ServiceBus)) return new(name, CapabilityState.Failing, "Referrals are not accepted. Keep them and send them later.");
        if (mode.ReadOnly) return new(name, CapabilityState.Off, "Temporarily switched off. Keep referrals and send them later.");
        return fails(ComponentStatus.Tables)
            ? new(name, CapabilityState.Limited, "Referrals are accepted and stored safely. They reach worklists when the database is available again.")
            : new(name, CapabilityState.Working, "Referrals are accepted.");
    }

    private static Capability Arriving(CanaryStatus canary)
    {
        const string name = "Reaching worklists";
        return canary.State switch
        {
            CanaryState.Arriving => new(name, CapabilityState.Working, "New referrals reach their worklist promptly."),
            CanaryState.Starting => new(name, CapabilityState.Unknown, "The service has just started. The first test referral has not arrived yet."),
            CanaryState.Slow => new(name, CapabilityState.Limited, "New referrals reach their worklist late. No referral is lost."),
            CanaryState.Missing => new(
                name, CapabilityState.Failing, "New referrals do not reach worklists. For urgent and two-week-wait referrals, telephone as well."),
            CanaryState.Off => new(name, CapabilityState.Unknown, "Not measured: test referrals are switched off."),
            _ => new(name, CapabilityState.Unknown, "Not known at the moment."),
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
        if (fails(ComponentStatus.Tables) || fails(ComponentStatus.ServiceBus))
        {
            return new(name, CapabilityState.Failing, "Referrals cannot be changed at the moment. Try again later.");
        }

        if (mode.ReadOnly) return new(name, CapabilityState.Off, "Temporarily switched off. Referrals are read-only.");
        return mode.Booking
            ? new(name, CapabilityState.Working, "Referrals can be accepted, returned and booked.")
            : new(name, CapabilityState.Limited, "Booking is temporarily switched off. All other actions work.");
    }

    private static Capability Attaching(Func<string, bool> fails, ServiceMode mode)
    {
        const string name = "Letters and attachments";
        if (fails(ComponentStatus.RecordsBlobs))
        {
            return new(name, CapabilityState.Failing, "Attachments cannot be sent or opened. Send the referral now and the letter later.");
        }

        return mode is { Uploads: true, ReadOnly: false }
            ? new(name, CapabilityState.Working, "Attachments can be sent and opened.")
            : new(name, CapabilityState.Limited, "Attachments can be opened. Sending them is temporarily switched off.");
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
