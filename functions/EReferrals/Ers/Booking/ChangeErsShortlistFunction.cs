using System.Net;
using EReferrals.Ers.Commands;
using EReferrals.Ers.Creation;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Reading;
using EReferrals.Referrals;
using EReferrals.Services;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Booking;

/// <summary>A031: the referrer chooses services again, for example after a rejection.</summary>
public sealed class ChangeErsShortlistFunction(ErsCommands commands, ErsReferrals referrals, ServiceDirectory services)
{
    [Function(nameof(ChangeErsShortlistFunction))]
    [Ers("A031")]
    public Task<HttpResponseData> ChangeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "referrals/FHIR/STU3/ReferralRequest/{ubrn}/$ers.changeShortlist")]
        HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) => commands.ExecuteAsync(
            request,
            ubrn,
            new ErsCommand(
                "eRS-ChangeShortlist-Parameters-1",
                ShortlistReader.Names,
                (parameters, _, token) => ReadAsync(parameters!, token),
                (changed, referral, token) => referrals.RespondAsync(changed, HttpStatusCode.OK, referral, token)),
            cancellationToken);

    private async Task<Command?> ReadAsync(FhirParameters parameters, CancellationToken cancellationToken)
    {
        var shortlist = ShortlistReader.Read(parameters, parameters.Errors);
        var letter = ShortlistReader.ReadLetter(parameters);
        var reminder = ShortlistReader.ReadReminderDays(parameters);
        if (shortlist is null || letter is null || parameters.Errors.Any) return null;
        var named = await services.NameAsync(shortlist.Services, cancellationToken);
        return new Command.ChangeShortlist(named, shortlist.Criteria.Priority, letter.Value)
        {
            Criteria = shortlist.Criteria,
            ReminderDays = reminder,
        };
    }
}
