using System.Text;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Lists;
using EReferrals.Tests.Journeys;
using Microsoft.Playwright;

namespace EReferrals.Tests.Web;

/// <summary>What a practice does: refer, see what became of it, and act on what came back.</summary>
[Collection(UsesWebApp.Name)]
public sealed class PracticeTests(WebApp web)
{
    private static readonly FilePayload Letter = new() { Name = "letter.txt", MimeType = "text/plain", Buffer = Encoding.UTF8.GetBytes("Dear colleague") };

    [BrowserFact]
    public async Task A_patient_is_referred_with_a_letter_once_although_the_connection_is_lost_and_appears_at_the_hospital()
    {
        await using var screen = await web.OpenAsAsync(Sample.ReferringClinician, "/app/refer");
        await screen.SeeAsync("Refer a patient");
        await screen.SubmitAsync();
        await screen.SeeInAsync(".nhsuk-error-summary", "Enter the NHS number");
        await screen.CheckAsync("refer-errors");
        var number = InventedPatient.NhsNumber();
        await FillAsync(screen, number);
        await screen.Page.GetByLabel("SNOMED CT codes").FillAsync("123");
        await screen.Page.Locator("#letters-input").SetInputFilesAsync([Letter, new() { Name = "virus.exe", MimeType = "", Buffer = [1] }]);
        await screen.SeeInAsync(".app-uploads", "This kind of file is not taken");
        await screen.Page.GetByLabel("Day").FillAsync("31");
        await screen.SubmitAsync();
        await screen.SeeInAsync(".nhsuk-error-summary", "Date of birth must be a real date");
        await screen.SeeInAsync(".nhsuk-error-summary", "remove those that cannot be sent");
        await screen.Page.GetByLabel("Day").FillAsync("3");
        await screen.PressAsync("Remove virus.exe");
        await screen.SeeInAsync(".app-uploads", "Uploaded");
        await screen.CheckAsync("refer");
        // Only the service knows that this is no SNOMED code.
        await screen.SubmitAsync();
        await screen.SeeInAsync(".nhsuk-form-group--error", "Snomed");
        await screen.Page.GetByLabel("SNOMED CT codes").FillAsync("");

        await screen.Page.Context.SetOfflineAsync(true);
        await screen.SubmitAsync();
        await screen.SeeInAsync(".nhsuk-error-summary", "What you typed is kept");
        await screen.CheckAsync("refer-offline");
        await screen.Page.Context.SetOfflineAsync(false);

        await screen.SeeDoneAsync("Referred.");
        await screen.SeeAsync("Awaiting triage");
        await screen.SeeInAsync(".app-patient", "3 April 1975");
        await web.App.DrainAsync();
        await using var hospital = await web.OpenAsAsync(Sample.ProviderClinician, "/app/lists/REFERRALS_FOR_REVIEW");
        await hospital.SeeAsync("Referrals for review");
        await hospital.Page.Locator("#search").FillAsync(number);
        await Assertions.Expect(hospital.Page.Locator("tbody tr:visible")).ToHaveCountAsync(1);
    }

    [BrowserFact]
    public async Task A_patient_is_referred_once_although_the_form_is_left_before_its_outcome_is_known_and_sent_again()
    {
        await using var screen = await web.OpenAsAsync(Sample.ReferringClinician, "/app/refer");
        await screen.SeeAsync("Refer a patient");
        var number = InventedPatient.NhsNumber();
        await FillAsync(screen, number);
        // The service takes the referral, and its answer is lost.
        await screen.Page.RouteAsync("**/v1/referrals", async route =>
        {
            await route.FetchAsync();
            await route.AbortAsync();
        });
        await screen.SubmitAsync();
        await screen.SeeInAsync(".nhsuk-error-summary", "What you typed is kept");
        await screen.Page.GetByRole(AriaRole.Link, new() { Name = "Start" }).ClickAsync();
        await screen.SeeAsync("Your lists");
        await screen.Page.UnrouteAllAsync();

        await screen.Page.GetByRole(AriaRole.Link, new() { Name = "Refer a patient" }).First.ClickAsync();
        await Assertions.Expect(screen.Page.GetByLabel("NHS number")).ToHaveValueAsync(number);
        await screen.SubmitAsync();

        await screen.SeeDoneAsync("Referred.");
        await web.App.DrainAsync();
        var entries = await web.App.EntriesAsync(Sample.ProviderClinician, Worklist.ReferralsForReview);
        Assert.Single(entries, entry => (string)entry["patient"]!["nhsNumber"]! == number);
    }

    [BrowserFact]
    public async Task An_upload_that_fails_is_sent_again_by_itself()
    {
        await using var screen = await web.OpenAsAsync(Sample.ReferringClinician, "/app/refer");
        await screen.SeeAsync("Refer a patient");
        await screen.Page.Context.SetOfflineAsync(true);
        await screen.Page.Locator("#letters-input").SetInputFilesAsync(Letter);
        await screen.SeeInAsync(".app-uploads", "It is sent again by itself");

        await screen.Page.Context.SetOfflineAsync(false);

        await screen.SeeInAsync(".app-uploads", "Uploaded");
    }

    [BrowserFact]
    public async Task A_letter_that_is_dropped_shows_its_progress_and_is_stored_once_although_the_answer_is_lost()
    {
        await using var screen = await web.OpenAsAsync(Sample.ReferringClinician, "/app/refer");
        await screen.SeeAsync("Refer a patient");
        var (ids, arrived) = (new List<string?>(), new TaskCompletionSource());
        await screen.Page.RouteAsync("**/v1/attachments", async route =>
        {
            var response = await route.FetchAsync();
            ids.Add(JsonNode.Parse(await response.TextAsync())!["id"]!.GetValue<string>());
            if (ids.Count > 1)
            {
                await route.FulfillAsync(new() { Response = response });
                return;
            }

            await arrived.Task;
            await route.AbortAsync();
        });

        var dropped = await screen.Page.EvaluateHandleAsync("""
            () => {
              const data = new DataTransfer();
              data.items.add(new File(['Dear colleague'], 'dropped.txt', { type: 'text/plain' }));
              return data;
            }
            """);
        await screen.Page.Locator(".app-drop").DispatchEventAsync("drop", new { dataTransfer = dropped });
        await Assertions.Expect(screen.Page.GetByRole(AriaRole.Progressbar, new() { Name = "Sending dropped.txt" })).ToBeVisibleAsync();
        await screen.CheckAsync("letter-sending");
        arrived.SetResult();
        await screen.SeeInAsync(".app-uploads", "It is sent again by itself");
        await screen.CheckAsync("letter-failed");

        await screen.SeeInAsync(".app-uploads", "Uploaded");
        Assert.Equal(2, ids.Count);
        Assert.Single(ids.Distinct());
    }

    [BrowserFact]
    public async Task A_referral_that_is_still_being_processed_says_so_and_shows_itself_when_it_is()
    {
        await web.App.Local.PauseTriggersAsync();
        try
        {
            var ubrn = await web.App.SubmitAsync(Sample.ReferringClinician);
            await using var screen = await web.OpenAsAsync(Sample.ReferringClinician, $"/app/referrals/{ubrn}");
            await screen.SeeAsync("Being processed");
            await screen.CheckAsync("referral-queued");

            web.App.Local.ResumeTriggers();
            await screen.SeeAsync("Awaiting triage");
        }
        finally
        {
            web.App.Local.ResumeTriggers();
        }
    }

    [BrowserFact]
    public async Task Letters_are_added_and_the_patient_is_corrected()
    {
        var ubrn = await web.ReferAsync("Wrong");
        await using var screen = await web.OpenAsAsync(Sample.ReferringClinician, $"/app/referrals/{ubrn}");
        await screen.PressAsync("Correct the patient");
        await screen.Page.GetByLabel("Family name").FillAsync("Right");
        await screen.Page.GetByLabel("Why are the details corrected?").FillAsync("Spelt wrongly");
        await screen.CheckAsync("correct-patient");
        await screen.SubmitAsync();
        await screen.SeeInAsync(".app-patient", "RIGHT, Ann");

        await screen.PressAsync("Add or change letters");
        await screen.SeeAsync("Change the letters");
        await screen.Page.Locator("#letters-input").SetInputFilesAsync(Letter);
        await screen.SeeInAsync(".app-uploads", "Uploaded");
        await screen.CheckAsync("letters");
        await screen.SubmitAsync();
        await screen.SeeDoneAsync("The letters are changed.");
        await screen.SeeInAsync(".app-file", "letter.txt");
    }

    [BrowserFact]
    public async Task A_referral_that_came_back_is_redirected_and_another_one_acknowledged()
    {
        var (redirected, acknowledged) = (await web.ReferAsync("Redirected"), await web.ReferAsync("Acknowledged"));
        foreach (var ubrn in new[] { redirected, acknowledged })
        {
            using var returned = await web.App.CommandAsync(Sample.ProviderClinician, ubrn, "return", new() { ["comments"] = "Try statins" }, version: 1);
        }

        await web.App.DrainAsync();
        await using var screen = await web.OpenAsAsync(Sample.ReferringClinician, "/app/lists/REJECTED_TRIAGE_RESPONSE");
        await screen.CheckAsync("came-back");
        await screen.Page.Locator($"tr[data-ubrn='{redirected}'] a").ClickAsync();
        await screen.PressAsync("Redirect");
        await screen.SeeAsync("Redirect the referral");
        await screen.Page.GetByLabel("Search by name").FillAsync("RCD Cardiology Triage");
        await screen.Page.GetByLabel("RCD Cardiology Triage Service").CheckAsync();
        await screen.CheckAsync("redirect");
        await screen.SubmitAsync();
        await screen.SeeDoneAsync("Redirected.");
        await screen.SeeInAsync("main", "RCD Cardiology Triage Service at RCD");

        await screen.OpenAsync($"/app/referrals/{acknowledged}/acknowledge");
        await screen.SeeAsync("Acknowledge the referral");
        await screen.SubmitAsync();
        await screen.SeeDoneAsync("Acknowledged.");
    }

    [BrowserFact]
    public async Task A_practice_cancels_a_referral_after_it_read_what_that_means()
    {
        var ubrn = await web.ReferAsync("Withdrawn");
        await using var screen = await web.OpenAsAsync(Sample.ReferringAdmin, $"/app/referrals/{ubrn}/cancel");
        await screen.SeeInAsync("main", "It cannot be undone");
        await screen.Page.Locator("input[value=RAISED_IN_ERROR]").CheckAsync();
        await screen.SubmitAsync();

        await screen.SeeAsync("Cancelled");
    }

    private static async Task FillAsync(Screen screen, string number)
    {
        var page = screen.Page;
        await page.GetByLabel("NHS number").FillAsync(number);
        await page.GetByLabel("Family name").FillAsync("O'Neill");
        await page.GetByLabel("Given name").FillAsync("Siân");
        await page.GetByLabel("Day").FillAsync("3");
        await page.GetByLabel("Month").FillAsync("4");
        await page.GetByLabel("Year").FillAsync("1975");
        await page.GetByLabel("Urgent", new() { Exact = true }).CheckAsync();
        await page.GetByLabel("Search by name").FillAsync("cardiology triage service");
        await page.GetByLabel("Cardiology Triage Service", new() { Exact = true }).CheckAsync();
        await page.GetByLabel("Why is the patient referred?").FillAsync("Breathless on the stairs for two months.");
    }
}
