using EReferrals.Tests.Journeys;
using EReferrals.Tests.Slots;
using Microsoft.Playwright;

namespace EReferrals.Tests.Web;

/// <summary>Appointments in the slots that a service has published.</summary>
[Collection(UsesWebApp.Name)]
public sealed class BookingTests(WebApp web)
{
    private const string Provider = Sample.Provider;

    [BrowserFact]
    public async Task A_hospital_books_a_free_slot_and_is_offered_the_others_when_somebody_else_was_first()
    {
        var service = await web.App.ServiceAsync(Provider);
        await web.App.PublishAsync(
            Provider, service, SlotSteps.Slot("s1"), SlotSteps.Slot("s2", minute: 30), SlotSteps.Slot("s3", day: 6, priority: "ROUTINE"));
        var (ubrn, other) = (await AcceptedAsync("Slotted", service), await AcceptedAsync("Faster", service));
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, $"/app/referrals/{ubrn}/book");
        await screen.SeeAsync("Book an appointment");
        await screen.SubmitAsync();
        await screen.SeeInAsync(".nhsuk-error-summary", "Choose a slot");
        await screen.CheckAsync("book-slot-error");
        await Assertions.Expect(Slot(screen).Locator("option")).ToHaveCountAsync(4);
        await screen.SeeInAsync("select[name=slot]", "kept for routine");
        await Slot(screen).SelectOptionAsync("s1");
        Assert.Equal(200, await web.App.ChangeAsync(Sample.ProviderClinician, other, "book", new() { ["slot"] = "s1" }, 2));

        await screen.SubmitAsync();
        await screen.SeeInAsync(".nhsuk-error-summary", "This slot is not available any more");
        await Assertions.Expect(Slot(screen).Locator("option")).ToHaveCountAsync(3);
        await screen.CheckAsync("book-slot-taken");
        await Slot(screen).SelectOptionAsync("s2");
        await screen.SubmitAsync();

        await screen.SeeDoneAsync("Booked.");
        Assert.Equal([$"s1 TAKEN {other}", $"s2 TAKEN {ubrn}", "s3 FREE"], await SlotsAsync(service));
    }

    [BrowserFact]
    public async Task A_hospital_books_another_time_although_there_are_slots()
    {
        var service = await web.App.ServiceAsync(Provider);
        await web.App.PublishAsync(Provider, service, SlotSteps.Slot("s1"));
        var ubrn = await AcceptedAsync("Arranged", service);
        await using var screen = await web.OpenAsAsync(Sample.ProviderAdmin, $"/app/referrals/{ubrn}/book");
        await screen.Page.GetByLabel("Another time that you have arranged").CheckAsync();
        await Assertions.Expect(Slot(screen)).ToBeHiddenAsync();
        await screen.Page.GetByLabel("Start").FillAsync("2027-03-01T10:00");
        await screen.Page.GetByLabel("Start").BlurAsync();
        await screen.CheckAsync("book-time");
        await screen.SubmitAsync();

        await screen.SeeDoneAsync("Booked.");
        Assert.Equal(["s1 FREE"], await SlotsAsync(service));
    }

    [BrowserFact]
    public async Task A_practice_books_a_slot_for_the_priority_of_a_referral_and_reads_why_the_hospital_rejects_it()
    {
        var service = await web.App.ServiceAsync(Provider);
        await web.App.PublishAsync(Provider, service, SlotSteps.Slot("s1", priority: "ROUTINE"), SlotSteps.Slot("s2", minute: 30));
        var ubrn = await web.App.ShortlistedAsync(Sample.ReferringClinician, service);
        await using var screen = await web.OpenAsAsync(Sample.ReferringClinician, $"/app/referrals/{ubrn}");
        await screen.PressAsync("Book");
        await screen.SeeAsync("Book an appointment");
        await Assertions.Expect(Slot(screen).Locator("option")).ToHaveCountAsync(2);
        await Slot(screen).SelectOptionAsync("s2");
        await screen.CheckAsync("book-practice");
        await screen.SubmitAsync();

        await screen.SeeDoneAsync("Booked.");
        Assert.Equal(["s1 FREE", $"s2 TAKEN {ubrn}"], await SlotsAsync(service));
        await using var hospital = await web.OpenAsAsync(Sample.ProviderClinician, $"/app/referrals/{ubrn}");
        await hospital.PressAsync("Reject");
        await hospital.SeeAsync("Reject the referral");
        await hospital.SubmitAsync();
        await hospital.SeeInAsync(".nhsuk-error-summary", "Choose a reason");
        await hospital.Page.Locator("main form input[type=radio]").First.CheckAsync();
        await hospital.Page.GetByLabel("Comments to the practice").FillAsync("Please send an ECG first.");
        await hospital.CheckAsync("reject");
        await hospital.SubmitAsync();
        await hospital.SeeDoneAsync("Rejected.");

        await screen.OpenAsync($"/app/referrals/{ubrn}");
        await screen.SeeAsync("Rejected");
        await screen.SeeInAsync(".app-notice", "Please send an ECG first.");
        await screen.CheckAsync("referral-rejected");
    }

    [BrowserFact]
    public async Task A_practice_is_told_that_no_slot_is_free_and_is_not_offered_a_booking_where_only_the_hospital_books()
    {
        var (direct, indirect) = (await web.App.ServiceAsync(Provider), await web.App.ServiceAsync(Provider, "INDIRECTLY_BOOKABLE"));
        var (full, other) = (
            await web.App.ShortlistedAsync(Sample.ReferringClinician, direct), await web.App.ShortlistedAsync(Sample.ReferringClinician, indirect));
        await using var screen = await web.OpenAsAsync(Sample.ReferringClinician, $"/app/referrals/{full}");
        await screen.PressAsync("Book");
        await screen.SeeInAsync("main", "The service has no free slot for this priority.");
        await screen.CheckAsync("book-no-slot");

        await screen.OpenAsync($"/app/referrals/{other}");
        await screen.SeeInAsync(".app-actions", "Redirect");

        await Assertions.Expect(screen.Page.GetByRole(AriaRole.Button, new() { Name = "Book", Exact = true })).ToHaveCountAsync(0);
    }

    private static ILocator Slot(Screen screen) => screen.Page.Locator("select[name=slot]");

    private async Task<string> AcceptedAsync(string familyName, string service)
    {
        var ubrn = await web.ReferAsync(familyName, service: service);
        Assert.Equal(200, await web.App.ChangeAsync(Sample.ProviderClinician, ubrn, "accept", [], 1));
        return ubrn;
    }

    // A slot is taken a moment after its referral is booked.
    private async Task<IReadOnlyList<string>> SlotsAsync(string service)
    {
        await web.App.SettleAsync();
        return await web.App.SlotsAsync(Provider, service);
    }
}
