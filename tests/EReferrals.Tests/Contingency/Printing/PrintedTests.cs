using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using EReferrals.Contingency.Printing;
using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;

namespace EReferrals.Tests.Contingency.Printing;

/// <summary>Checks printed pages. The pages stay in the <c>paper</c> folder of the test output for inspection.</summary>
public sealed partial class PrintedTests
{
    private static readonly string Folder = System.IO.Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "paper")).FullName;
    private static readonly Dictionary<string, AttachmentStatus> NoStatuses = [];

    private static readonly string LongName = string.Concat(Enumerable.Repeat("Wolfeschlegelsteinhausenbergerdorff", 3))[..100];

    [ChromiumFact]
    public async Task A_referral_prints_on_one_page() =>
        Assert.Equal(1, await PagesAsync("sheet", ReferralSheet.ToBytes(Referral(), NoStatuses, Sample.Now)));

    [ChromiumFact]
    public async Task A_referral_with_the_longest_reason_and_names_prints_on_two_pages()
    {
        var referral = Referral() with
        {
            Patient = new Patient(Sample.NhsNumber, LongName, LongName, new DateOnly(1931, 12, 31)),
            ClinicalReason = string.Concat(Enumerable.Repeat("Breathless on exertion for six weeks, worse lying down; known hypertension. ", 110))[..8000],
        };

        Assert.InRange(await PagesAsync("sheet-long", ReferralSheet.ToBytes(referral, NoStatuses, Sample.Now)), 1, 2);
    }

    [ChromiumFact]
    public async Task Right_to_left_names_and_emoji_take_no_extra_space()
    {
        var referral = Referral() with
        {
            Patient = new Patient(Sample.NhsNumber, "محمد عبد الرحمن الأنصاري", "שרה 👩🏽‍⚕️ O'Neill", new DateOnly(1980, 2, 1)),
            ClinicalReason = "ألم في الصدر عند المجهود منذ ثلاثة أسابيع.\n\n\n\nPatient prefers to be called 🌻 Sunny.\nכאב בחזה במאמץ",
        };

        Assert.Equal(1, await PagesAsync("sheet-rtl", ReferralSheet.ToBytes(referral, NoStatuses, Sample.Now)));
    }

    [ChromiumFact]
    public async Task A_list_of_forty_referrals_prints_on_four_to_eight_pages()
    {
        var names = new[] { ("Jones", "Ann"), (LongName, LongName), ("محمد عبد الرحمن", "سارة"), ("Ó Súilleabháin-Fitzgerald", "Caoimhe 🌻") };
        var entries = Enumerable.Range(0, 40).Select(number => WorklistEntry.From(Referral() with
        {
            Ubrn = Ubrn.FromSequence(number + 1234),
            Priority = (Priority)(number / 14),
            Patient = new Patient(Sample.NhsNumber, names[number % 4].Item1, names[number % 4].Item2, new DateOnly(1980, 2, 1)),
        }) with { Overdue = number % 5 == 0 ? [Overdue.Review] : null });
        var list = new WholeList(Sample.Provider, Worklist.ReferralsForReview, 7, Sample.Now, [.. entries]);

        Assert.InRange(await PagesAsync("list", PrintedList.ToBytes(list, "COPY. The list is as it stood at 25 Nov 2026 09:30 (UK time).")), 4, 8);
    }

    private static Referral Referral()
    {
        var attached = LinkedAttachmentNamed("Letter to Dr Smith about chest pain, with a very long name that somebody typed in full.pdf");
        return Sample.ReferralAwaitingTriage(Priority.TwoWeekWait) with
        {
            ClinicalReason =
                "Chest pain on exertion for three weeks, relieved by rest. Smoker, 20 pack-years.\nECG: T-wave inversion V4-V6. Please see urgently.",
            Snomed = ["22298006", "73211009"],
            Specialty = "CARDIOLOGY",
            ClinicType = "HEART_FAILURE",
            Attachments = [attached, attached with { Id = "2", Name = "رسالة.pdf" }],
            Appointment = new Appointment(Sample.Now.AddDays(9), Sample.Now.AddDays(9).AddMinutes(20), "103264994981", "Clinic 4, first floor"),
        };
    }

    private static LinkedAttachment LinkedAttachmentNamed(string name) =>
        new("1", name, "application/pdf", 123_456, new string('a', 64), AttachmentType.Referrer, Sample.ReferringClinician, Sample.Now);

    private static async Task<int> PagesAsync(string name, byte[] html)
    {
        var page = Path.Combine(Folder, $"{name}.html");
        var pdf = Path.Combine(Folder, $"{name}.pdf");
        await File.WriteAllBytesAsync(page, html);
        File.Delete(pdf);
        var start = new ProcessStartInfo(
            ChromiumFactAttribute.Chromium!,
            ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", $"--user-data-dir={Path.Combine(Folder, $"profile-{name}")}",
                "--no-pdf-header-footer", $"--print-to-pdf={pdf}", new Uri(page).AbsoluteUri])
        { RedirectStandardError = true, RedirectStandardOutput = true };
        using var chromium = Process.Start(start)!;
        var output = chromium.StandardOutput.ReadToEndAsync();
        var errors = await chromium.StandardError.ReadToEndAsync();
        await output;
        await chromium.WaitForExitAsync();
        Assert.True(File.Exists(pdf), errors);
        return Page().Count(Encoding.Latin1.GetString(await File.ReadAllBytesAsync(pdf)));
    }

    [GeneratedRegex(@"/Type\s*/Page\b")]
    private static partial Regex Page();
}
