using System.Xml.Linq;

namespace EReferrals.Local.ServiceBusEmulator.Administration;

/// <summary>Describes a queue as an Atom entry, as the service's HTTP interface does.</summary>
internal static class QueueEntry
{
    private static readonly XNamespace Atom = "http://www.w3.org/2005/Atom";
    private static readonly XNamespace Service = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";
    private static readonly XNamespace Counts = "http://schemas.microsoft.com/netservices/2011/06/servicebus";

    public static string Write(QueueStatistics queue, Uri address, DateTimeOffset now) => new XElement(
        Atom + "entry",
        new XElement(Atom + "id", address),
        new XElement(Atom + "title", new XAttribute("type", "text"), queue.Name),
        new XElement(Atom + "updated", now),
        new XElement(
            Atom + "content",
            new XAttribute("type", "application/xml"),
            new XElement(
                Service + "QueueDescription",
                new XElement(Service + "SizeInBytes", queue.SizeInBytes),
                new XElement(Service + "MessageCount", queue.Total),
                new XElement(Service + "Status", "Active"),
                new XElement(Service + "AccessedAt", now),
                new XElement(
                    Service + "CountDetails",
                    Count("ActiveMessageCount", queue.Active),
                    Count("DeadLetterMessageCount", queue.DeadLettered),
                    Count("ScheduledMessageCount", queue.Scheduled),
                    Count("TransferMessageCount", 0),
                    Count("TransferDeadLetterMessageCount", 0))))).ToString(SaveOptions.DisableFormatting);

    private static XElement Count(string name, long value) => new(Counts + name, value.ToString(CultureInfo.InvariantCulture));
}
