using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Lists;

/// <summary>
/// The referrals to check when the day of their appointment has passed: one row for each booking, in the order of the days. A row only says which
/// referral to read. A row without a booking costs one read, so the row is written before the booking.
/// </summary>
public sealed class AppointmentDays(StorageClients storage)
{
    private readonly TableClient _reading = storage.ForReading(TableKeys.Worklists);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Worklists);

    public async Task NoteAsync(Ubrn ubrn, DateTimeOffset start, CancellationToken cancellationToken)
    {
        var row = new TableEntity(TableKeys.Appointments, TableKeys.Appointment(UkTime.DateOf(start), ubrn)) { ["Ubrn"] = ubrn.ToString() };
        await _writing.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>The appointments on days before <paramref name="today"/>, oldest first.</summary>
    public async Task<IReadOnlyList<DueAppointment>> PassedAsync(DateOnly today, int most, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {TableKeys.Appointments} and RowKey ge {TableKeys.AppointmentsFrom} and RowKey lt {TableKeys.AppointmentsOn(today)}");
        var passed = new List<DueAppointment>();
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, Math.Min(most, 1000), ["RowKey", "Ubrn"], cancellationToken))
        {
            passed.Add(new DueAppointment(Ubrn.Parse(row.GetString("Ubrn")), row.RowKey));
            if (passed.Count == most) break;
        }

        return passed;
    }

    public Task RemoveAsync(DueAppointment appointment, CancellationToken cancellationToken) =>
        _writing.DeleteEntityAsync(TableKeys.Appointments, appointment.Key, ETag.All, cancellationToken);
}

/// <param name="Key">The key of the row.</param>
public sealed record DueAppointment(Ubrn Ubrn, string Key);
