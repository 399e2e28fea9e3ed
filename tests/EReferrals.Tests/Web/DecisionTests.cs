using EReferrals.Referrals.Lists;
using EReferrals.Tests.Journeys;
using Microsoft.Playwright;

namespace EReferrals.Tests.Web;

/// <summary>What a hospital does with a referral.</summary>
[Collection(UsesWebApp.Name)]
public sealed class DecisionTests(WebApp web)
{
    private const string List = "/app/lists/REFERRALS_FOR_REVIEW";

    [BrowserFact]
    public async Task A_referral_is_accepted_with_three_keystrokes_and_then_the_next_one_is_offered()
    {
        var ubrn = await web.ReferAsync("Keys", "TWO_WEEK_WAIT");
        await web.ReferAsync("After", "TWO_WEEK_WAIT");
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, List);
        await screen.Page.Locator($"tr[data-ubrn='{ubrn}'] a").FocusAsync();

        await screen.Page.Keyboard.PressAsync("Enter");
        await screen.SeeAsync("Awaiting triage");
        await screen.Page.Keyboard.PressAsync("Alt+a");
        await screen.SeeAsync("Accept the referral");
        await screen.CheckAsync("accept");
        await screen.Page.Keyboard.PressAsync("Enter");

        await screen.SeeDoneAsync("Accepted.");
        await screen.SeeAsync("Accepted, to be booked");
        await screen.SeeInAsync("[data-notice=done]", "go to the next referral");
        await screen.CheckAsync("accepted");
    }

    [BrowserFact]
    public async Task A_referral_is_returned_only_with_advice_and_a_double_click_sends_it_once()
    {
        var ubrn = await web.ReferAsync("Returned");
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, $"/app/referrals/{ubrn}/return");
        await screen.SeeAsync("Return the referral with advice");
        await screen.SubmitAsync();
        await screen.SeeInAsync(".nhsuk-error-summary", "Enter your advice");
        await screen.CheckAsync("return-error");

        var sent = 0;
        screen.Page.Request += (_, request) => sent += request.Method == "POST" && request.Url.EndsWith("/return", StringComparison.Ordinal) ? 1 : 0;
        await screen.Page.Locator("textarea").FillAsync("Try a statin first.");
        await screen.Page.Locator("form button[type=submit]").DblClickAsync();

        await screen.SeeDoneAsync("Returned with your advice.");
        Assert.Equal(1, sent);
        await screen.SeeAsync("Returned with advice");
        await screen.SeeInAsync("main", "Try a statin first.");
    }

    [BrowserFact]
    public async Task An_appointment_is_booked_its_outcome_recorded_and_corrected_and_the_appointment_cancelled()
    {
        var ubrn = await web.ReferAsync("Booked");
        using (await web.App.CommandAsync(Sample.ProviderClinician, ubrn, "accept", [], version: 1))
        {
        }

        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, $"/app/referrals/{ubrn}");
        await screen.PressAsync("Book");
        await screen.SeeAsync("Book an appointment");
        var today = await screen.Page.EvaluateAsync<string>("new Intl.DateTimeFormat('sv', { timeZone: 'Europe/London' }).format(new Date())");
        await screen.Page.GetByLabel("Start").FillAsync($"{today}T23:00");
        await screen.Page.GetByLabel("End").FillAsync($"{today}T22:00");
        await screen.SubmitAsync();
        await screen.SeeInAsync(".nhsuk-error-summary", "The end must be after the start");
        await screen.Page.GetByLabel("End").FillAsync($"{today}T23:30");
        // A rule that only the service knows: its error is at the field.
        await screen.Page.GetByLabel("Clinician").FillAsync("12");
        await screen.SubmitAsync();
        await screen.SeeInAsync(".nhsuk-form-group--error", "Clinician must be");
        await screen.CheckAsync("book-error");
        await screen.Page.GetByLabel("Clinician").FillAsync("");
        await screen.SubmitAsync();
        await screen.SeeDoneAsync("Booked.");
        await screen.SeeInAsync("main", "at 11:00pm");

        await screen.PressAsync("Record the outcome");
        await screen.Page.GetByLabel("Did not attend").CheckAsync();
        await screen.Page.GetByLabel("Why did the patient not attend?").SelectOptionAsync("PATIENT_FORGOT");
        await screen.CheckAsync("outcome");
        await screen.SubmitAsync();
        await screen.SeeAsync("Did not attend");

        await screen.PressAsync("Correct the outcome");
        await screen.Page.GetByLabel("None: the appointment is still to come").CheckAsync();
        await screen.Page.GetByLabel("Why is it corrected?").FillAsync("Recorded for the wrong patient");
        await screen.SubmitAsync();
        await screen.SeeDoneAsync("The outcome is corrected.");
        await screen.SeeAsync("Booked");

        await screen.PressAsync("Cancel the appointment");
        await screen.Page.Locator("input[value=CLINIC_CANCELLED]").CheckAsync();
        await screen.SubmitAsync();
        await screen.SeeAsync("Appointment cancelled by the provider");
    }

    [BrowserFact]
    public async Task Of_two_users_who_decide_at_once_the_second_sees_what_the_first_did_and_keeps_the_text()
    {
        var ubrn = await web.ReferAsync("Contested");
        await using var first = await web.OpenAsAsync(Sample.ProviderClinician, $"/app/referrals/{ubrn}/accept");
        await using var second = await web.OpenAsAsync(
            Sample.ProviderClinician with { User = "921600556514" }, $"/app/referrals/{ubrn}/return");
        await second.SeeAsync("Return the referral with advice");
        await second.Page.Locator("textarea").FillAsync("My advice");
        await first.SeeAsync("Accept the referral");
        await first.SubmitAsync();
        await first.SeeDoneAsync("Accepted.");

        await second.SubmitAsync();

        await second.SeeInAsync(".nhsuk-error-summary", "This has changed since you read it");
        await second.SeeInAsync(".nhsuk-error-summary", "Accepted");
        await second.SeeInAsync(".nhsuk-error-summary", "not possible any more");
        Assert.Equal("My advice", await second.Page.Locator("textarea").InputValueAsync());
        await second.CheckAsync("changed-meanwhile");
    }

    [BrowserFact]
    public async Task Whoever_leaves_a_form_before_the_answer_stays_where_they_went_and_is_told_what_became_of_it()
    {
        var ubrn = await web.ReferAsync("Left");
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, $"/app/referrals/{ubrn}/accept");
        foreach (var isAccepted in new[] { false, true })
        {
            await screen.SeeAsync("Accept the referral");
            var answer = new TaskCompletionSource();
            await screen.Page.RouteAsync("**/accept", async route =>
            {
                await answer.Task;
                if (isAccepted) await route.ContinueAsync();
                else await route.FulfillAsync(new() { Status = 409, ContentType = "application/problem+json", Body = "{}" });
            });
            await screen.SubmitAsync();
            await screen.Page.Locator("#nav").GetByText("Start").ClickAsync();
            await screen.SeeAsync("Your lists");
            answer.SetResult();
            if (!isAccepted)
            {
                await screen.SeeInAsync("#notices", "Not sent: accept. This has changed since you read it.");
                await screen.CheckAsync("left-unsent");
                await screen.Page.UnrouteAllAsync();
                await screen.Page.GetByRole(AriaRole.Link, new() { Name = "Go back to it" }).ClickAsync();
            }
        }

        await screen.SeeDoneAsync("Accepted.");
        await screen.SeeAsync("Your lists");
        await Assertions.Expect(screen.Page.Locator("#notices")).Not.ToContainTextAsync("Not sent");
    }

    [BrowserFact]
    public async Task The_link_to_the_main_content_leaves_a_form_as_it_is()
    {
        var ubrn = await web.ReferAsync("Skipped");
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, $"/app/referrals/{ubrn}/return");
        await screen.SeeAsync("Return the referral with advice");
        await screen.SubmitAsync();
        await screen.SeeInAsync(".nhsuk-error-summary", "Enter your advice");
        var requests = 0;
        screen.Page.Request += (_, _) => requests++;

        await screen.Page.Locator(".nhsuk-skip-link").FocusAsync();
        await screen.Page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(screen.Page.Locator("main")).ToBeFocusedAsync();
        await screen.SeeInAsync(".nhsuk-error-summary", "Enter your advice");
        Assert.Equal(0, requests);
    }

    [BrowserFact]
    public async Task A_referral_is_cancelled_for_a_reason_of_the_reference_list_that_suits_its_state()
    {
        var ubrn = await web.ReferAsync("Cancelled");
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, $"/app/referrals/{ubrn}/cancel");
        await screen.SeeAsync("Cancel the referral");
        Assert.Equal(0, await screen.Page.Locator("input[value=TRIAGE_ENDED]").CountAsync());
        await screen.Page.Locator("input[value=PATIENT_REQUEST_CANCELLATION_OTHER]").CheckAsync();
        await screen.SubmitAsync();
        await screen.SeeInAsync(".nhsuk-form-group--error", "requires a comment");
        await screen.Page.GetByLabel("Comments").FillAsync("The patient moved away");
        await screen.SubmitAsync();

        await screen.SeeAsync("Cancelled");
        Assert.Equal(0, await screen.Page.Locator(".app-actions").CountAsync());
    }

    [BrowserFact]
    public async Task An_administrator_who_may_not_read_a_referral_books_from_the_list()
    {
        var ubrn = await web.ReferAsync("Administered");
        using (await web.App.CommandAsync(Sample.ProviderClinician, ubrn, "accept", [], version: 1))
        {
        }

        await web.App.DrainAsync();
        await using var screen = await web.OpenAsAsync(Sample.ProviderAdmin, "/app/lists/APPOINTMENTS_FOR_BOOKING");
        await screen.Page.Locator($"tr[data-ubrn='{ubrn}'] a").ClickAsync();
        await screen.SeeAsync("Accepted, to be booked");
        Assert.DoesNotContain("Chest pain", await screen.Page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        await screen.CheckAsync("referral-administrator");
        await screen.PressAsync("Book");
        await screen.Page.GetByLabel("Start").FillAsync("2027-03-01T10:00");
        await screen.Page.GetByLabel("Start").BlurAsync();
        await screen.SubmitAsync();

        await screen.SeeDoneAsync("Booked.");
        await web.App.DrainAsync();
        Assert.DoesNotContain(ubrn, await web.App.ListedAsync(Sample.ProviderClinician, Worklist.AppointmentsForBooking));
    }
}
