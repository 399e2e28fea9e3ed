using System.Security.Cryptography;
using EReferrals.Lifecycle;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Shortlists;
using EReferrals.Referrals.Values;
using EReferrals.Services;
using EReferrals.Storage.Tables;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Transfers;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Ers;

/// <summary>A011 when the app is interrupted after any storage call, and when the broker refuses messages.</summary>
public sealed class CreateStopTests(TransferApp transfers) : IClassFixture<TransferApp>
{
    private const int MostStops = 40;

    private readonly RunningApp _app = transfers.App;

    [Fact]
    public async Task A_creation_that_is_interrupted_after_any_storage_call_and_repeated_is_one_referral_on_its_lists()
    {
        var creation = _app.Services.GetRequiredService<CreateReferral>();
        var service = await _app.Services.GetRequiredService<ServiceDirectory>().FindNowAsync("11002", default);
        var stops = 0;
        for (var isStopped = true; isStopped; stops++)
        {
            Assert.True(stops < MostStops);
            var before = await ListedAsync();
            var (draft, key) = (DraftOf(service!), KeyOf());

            isStopped = await transfers.RunAndStopAsync(stops + 1, () => creation.CreateAsync(draft, key, CancellationToken.None));
            // The follow-up of the interrupted request comes first, as it would in operation.
            await _app.SettleAsync();
            var referral = ReferralIn(await creation.CreateAsync(draft, key, CancellationToken.None));
            await _app.SettleAsync();

            Assert.Equal([referral.Ubrn.ToString()], (await ListedAsync()).Except(before));
        }

        Assert.InRange(stops, 4, MostStops);
        Assert.Empty(await _app.Services.GetRequiredService<QuarantineTable>().ListAsync(Queues.All, after: null, limit: 100, CancellationToken.None));
    }

    [Fact]
    public async Task A_creation_that_could_not_be_announced_reaches_the_lists_through_its_follow_up()
    {
        _app.Local.Broker.Faults.RefuseSends("worklist-changes");
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();
        _app.Local.Broker.Faults.Clear();

        await _app.SettleAsync();

        Assert.Contains(ubrn, await ListedAsync());
    }

    [Fact]
    public async Task A_creation_whose_follow_up_cannot_be_sent_creates_nothing()
    {
        var before = await ListedAsync();
        _app.Local.Broker.Faults.RefuseSends("referral-follow-up");
        using var response = await _app.PostCreationAsync(ErsSteps.Creation("11002"));
        _app.Local.Broker.Faults.Clear();

        await response.AssertCodesAsync(503, "SYSTEM_UNAVAILABLE");
        Assert.True(response.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        await _app.SettleAsync();
        Assert.Equal(before.Order(), (await ListedAsync()).Order());
    }

    private Task<IReadOnlyList<string>> ListedAsync() => _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking);

    private static ShortlistedReferral DraftOf(Service service) => new()
    {
        Patient = new Patient(NhsNumber.Parse(InventedPatient.NhsNumber()), null, null, null),
        Criteria = new SearchCriteria(Priority.Routine, AgeAndGenderAppropriate: true) { Specialty = "CARDIOLOGY" },
        Services = [new NamedService(service.Id, service)],
        LetterIntention = LetterIntention.NeedToAddLater,
        ReminderDays = 0,
        Referrer = new Referrer(Sample.ReferringOrganisation, Sample.ReferringClinician.User, Sample.ReferringClinician.User),
        By = Sample.ReferringClinician,
        CorrelationId = "some",
    };

    private static Idempotency KeyOf() => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), new string('a', 64));

    private static Referral ReferralIn(CreateOutcome outcome) => outcome switch
    {
        CreateOutcome.Created(var created) => created,
        CreateOutcome.Repeated(var first) => first,
        _ => throw new InvalidOperationException($"Not created: {outcome}."),
    };
}
