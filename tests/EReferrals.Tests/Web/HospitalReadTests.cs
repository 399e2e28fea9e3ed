using EReferrals.Tests.Journeys;
using Microsoft.Playwright;

namespace EReferrals.Tests.Web;

/// <summary>What a hospital sees: its lists, and a referral.</summary>
[Collection(UsesWebApp.Name)]
public sealed class HospitalReadTests(WebApp web)
{
    private const string List = "/app/lists/REFERRALS_FOR_REVIEW";

    // The address of the viewer that is built into Chromium.
    private const string PdfViewer = "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/";

    private const string Pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    private static readonly byte[] Pdf = """
        %PDF-1.4
        1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
        2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
        3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >> endobj
        trailer << /Root 1 0 R >>
        %%EOF
        """u8.ToArray();

    [BrowserFact]
    public async Task A_clinician_signs_in_and_reads_a_list_and_a_referral_with_its_letter()
    {
        var letter = await web.App.AvailableAsync(Sample.ReferringClinician, "Dear colleague, please see this patient.");
        var ubrn = await web.ReferAsync("Reading", letter: letter);
        await using var screen = await web.OpenAsync();
        await screen.SeeAsync("Sign in");
        await screen.CheckAsync("sign-in");

        await screen.SignInAsync("103264994981|*");
        await screen.SeeAsync("Your lists");
        await screen.CheckAsync("start");

        await screen.Page.Locator(".app-cards a[href$='REFERRALS_FOR_REVIEW']").ClickAsync();
        await screen.SeeAsync("Referrals for review");
        await screen.SeeInAsync($"tr[data-ubrn='{ubrn}']", "Reading, Ann");
        await screen.CheckAsync("list");
        var printed = await screen.Page.RunAndWaitForDownloadAsync(() => screen.PressAsync("Save for printing"));
        var table = await screen.Page.RunAndWaitForDownloadAsync(() => screen.PressAsync("Save as a table (CSV)"));
        Assert.Equal(("R69-referrals-for-review.html", "R69-referrals-for-review.csv"), (printed.SuggestedFilename, table.SuggestedFilename));

        await screen.Page.Locator($"tr[data-ubrn='{ubrn}'] a").ClickAsync();
        await screen.SeeAsync("Awaiting triage");
        await screen.SeeInAsync(".app-patient", "READING, Ann");
        await screen.SeeInAsync("main", "Chest pain on exertion");
        await screen.PressAsync("Show letter.txt");
        await screen.SeeInAsync("pre", "Dear colleague, please see this patient.");
        await Assertions.Expect(screen.Page.GetByRole(AriaRole.Button, new() { Name = "Hide letter.txt" })).ToBeFocusedAsync();
        await screen.Page.GetByText("History").ClickAsync();
        await screen.SeeInAsync(".app-history", "Referred");
        await screen.CheckAsync("referral");
    }

    [BrowserFact]
    public async Task A_PDF_document_and_an_image_are_shown_in_the_page_and_any_other_file_is_saved_under_its_name()
    {
        var pdf = await UploadedAsync("letter.pdf", "application/pdf", Pdf);
        var image = await UploadedAsync("ecg.png", "image/png", Convert.FromBase64String(Pixel));
        var rich = await UploadedAsync("notes.rtf", "text/rtf", "{\\rtf1 Dear colleague}"u8.ToArray());
        var ubrn = await web.App.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(pdf, image, rich));
        await web.App.DrainAsync();
        await using var browser = await web.LaunchWholeAsync();
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, $"/app/referrals/{ubrn}", browser: browser);

        await screen.PressAsync("Show letter.pdf");
        await Eventually.TrueAsync(() => Task.FromResult(screen.Page.Frames.Any(frame => frame.Url.StartsWith(PdfViewer, StringComparison.Ordinal))));
        await screen.PressAsync("Show ecg.png");
        await Assertions.Expect(screen.Page.GetByAltText("ecg.png")).ToHaveJSPropertyAsync("naturalWidth", 1);
        await Assertions.Expect(screen.Page.GetByRole(AriaRole.Button, new() { Name = "Show notes.rtf" })).ToHaveCountAsync(0);
        var saved = await screen.Page.RunAndWaitForDownloadAsync(() => screen.PressAsync("Save notes.rtf"));

        Assert.Equal("notes.rtf", saved.SuggestedFilename);
        await screen.CheckAsync("referral-files");
    }

    [BrowserFact]
    public async Task A_new_referral_appears_on_an_open_list_and_one_that_another_user_decides_is_marked()
    {
        var first = await web.ReferAsync("Watched", "TWO_WEEK_WAIT");
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, List);
        await screen.SeeInAsync($"tr[data-ubrn='{first}']", "Watched");

        var second = await web.ReferAsync("Arriving", "TWO_WEEK_WAIT");
        // In view, it would move what is being read: then a button announces it.
        var added = screen.Page.Locator($"tr[data-ubrn='{second}']").Or(screen.Page.Locator(".app-held button"));
        await Assertions.Expect(added.First).ToBeVisibleAsync();
        using var accepted = await web.App.CommandAsync(Sample.ProviderClinician, first, "accept", [], version: 1);

        Assert.Equal(200, (int)accepted.StatusCode);
        await screen.SeeInAsync($"tr[data-ubrn='{first}']", "No longer on this list");
        await screen.CheckAsync("list-changed");
    }

    [BrowserFact]
    public async Task What_users_typed_is_shown_as_text_whatever_it_contains()
    {
        var ubrn = await web.ReferAsync("<img src=x onerror=\"document.title='run'\">", reason: "<script>document.title='run'</script> \u202Etfel ot thgir");
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, $"/app/referrals/{ubrn}");
        await screen.SeeAsync("Awaiting triage");

        await screen.SeeInAsync(".app-lines", "<script>document.title='run'</script>");
        Assert.Equal(0, await screen.Page.Locator("main img, main script").CountAsync());
        Assert.StartsWith("Referral", await screen.Page.TitleAsync(), StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task A_deep_link_a_filter_and_the_back_button_lead_to_the_same_list()
    {
        var urgent = await web.ReferAsync("Filtered");
        var routine = await web.ReferAsync("Hidden", "ROUTINE");
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, $"{List}?priority=URGENT");
        await screen.SeeInAsync($"tr[data-ubrn='{urgent}']", "Filtered");
        await Assertions.Expect(screen.Page.Locator($"tr[data-ubrn='{routine}']")).ToHaveCountAsync(0);

        await screen.Page.Locator("#search").FillAsync("filtered");
        await Assertions.Expect(screen.Page.Locator("tbody tr:visible")).ToHaveCountAsync(1);
        await screen.Page.Locator($"tr[data-ubrn='{urgent}'] a").ClickAsync();
        await screen.SeeAsync("Awaiting triage");
        await screen.Page.GoBackAsync();
        await screen.SeeAsync("Referrals for review");
        Assert.EndsWith("?priority=URGENT", screen.Page.Url, StringComparison.Ordinal);
        await screen.Page.Locator("#filter-priority").SelectOptionAsync("");
        await screen.SeeInAsync($"tr[data-ubrn='{routine}']", "Hidden");
    }

    [BrowserFact]
    public async Task A_printed_page_says_when_and_by_whom_and_has_no_buttons_and_no_addresses()
    {
        var ubrn = await web.ReferAsync("Printed");
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, $"/app/referrals/{ubrn}?list=REFERRALS_FOR_REVIEW");
        await screen.SeeAsync("Awaiting triage");
        await screen.Page.EmulateMediaAsync(new() { Media = Media.Print });
        await screen.Page.EvaluateAsync("window.dispatchEvent(new Event('beforeprint'))");

        await screen.SeeInAsync("#printed", "Confidential: patient data. Printed from EReferrals on");
        await screen.SeeInAsync("#printed", "by Service provider clinician, R69.");
        await Assertions.Expect(screen.Page.Locator(".nhsuk-button:visible, .app-plain:visible, nav:visible")).ToHaveCountAsync(0);
        Assert.Equal("none", await screen.Page.EvaluateAsync<string>("getComputedStyle(document.querySelector('a'), '::after').content"));
        await screen.CheckAsync("printed");
    }

    [BrowserFact]
    public async Task Files_that_cannot_be_opened_are_explained()
    {
        web.App.Local.PauseScanner();
        string ubrn;
        try
        {
            using var upload = await web.App.UploadAsync(Sample.ReferringClinician, AttachmentSteps.TestThreat);
            var letter = (string)(await upload.JsonAsync())["id"]!;
            ubrn = await web.App.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(letter));
            await using var waiting = await web.OpenAsAsync(Sample.ProviderClinician, $"/app/referrals/{ubrn}");
            await waiting.SeeInAsync(".app-file", "being scanned for malware");

            web.App.Local.ResumeScanner();
            await waiting.SeeInAsync(".app-file", "contains malware and cannot be opened");
            Assert.Equal(0, await waiting.Page.Locator(".app-file button").CountAsync());
            await waiting.CheckAsync("referral-blocked");
        }
        finally
        {
            web.App.Local.ResumeScanner();
        }
    }

    [BrowserFact]
    public async Task The_page_needs_no_sideways_scrolling_on_a_narrow_screen_or_with_text_of_double_size()
    {
        var ubrn = await web.ReferAsync("Narrow" + new string('W', 80));
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, List, width: 320, height: 640);
        await screen.SeeInAsync($"tr[data-ubrn='{ubrn}']", "Narrow");
        Assert.InRange(await WidthAsync(screen), 0, 320);
        await screen.CheckAsync("list-narrow");
        await screen.Page.Locator($"tr[data-ubrn='{ubrn}'] a").ClickAsync();
        await screen.SeeAsync("Awaiting triage");
        Assert.InRange(await WidthAsync(screen), 0, 320);
        await screen.CheckAsync("referral-narrow");

        await screen.Page.SetViewportSizeAsync(1024, 768);
        await screen.Page.EvaluateAsync("document.documentElement.style.fontSize = '200%'");
        Assert.InRange(await WidthAsync(screen), 0, 1024);
        await screen.Page.GoBackAsync();
        await screen.SeeAsync("Referrals for review");
        Assert.InRange(await WidthAsync(screen), 0, 1024);
    }

    private async Task<string> UploadedAsync(string name, string type, byte[] bytes)
    {
        using var response = await web.App.UploadAsync(Sample.ReferringClinician, bytes, name, type);
        Assert.Equal(201, (int)response.StatusCode);
        return (string)(await response.JsonAsync())["id"]!;
    }

    private static Task<int> WidthAsync(Screen screen) => screen.Page.EvaluateAsync<int>("document.documentElement.scrollWidth");
}
