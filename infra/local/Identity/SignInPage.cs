using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace EReferrals.Local.Identity;

/// <summary>The page on which one of the seeded users is chosen, from <c>sign-in.html</c> beside the program.</summary>
internal static class SignInPage
{
    private static readonly string Template = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Identity", "sign-in.html"));

    public static string StyleHash { get; } = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(
        Template[(Template.IndexOf("<style>", StringComparison.Ordinal) + "<style>".Length)..Template.IndexOf("</style>", StringComparison.Ordinal)])));

    /// <param name="query">The query of the request, to which the form is sent.</param>
    public static string Render(IReadOnlyList<SeededUser> users, IReadOnlyDictionary<string, string> organisations, string query) => Template
        .Replace("{{action}}", Encode("/local/authorize" + query), StringComparison.Ordinal)
        .Replace("{{users}}", string.Concat(users.Select(user => Section(user, organisations))), StringComparison.Ordinal);

    private static string Section(SeededUser user, IReadOnlyDictionary<string, string> organisations)
    {
        var choices = user.Roles.Select(pair => pair.Split(':') is [var organisation, var role]
            ? Button($"{user.Id}|{pair}", $"{Words(role)} at {Encode(organisations.GetValueOrDefault(organisation, organisation))} ({organisation})")
            : "");
        var all = user.Roles.Count > 1 ? Button($"{user.Id}|*", "All of these, to switch between them") : "";
        return $"""
            <section aria-labelledby="u{user.Id}"><h2 id="u{user.Id}">{Encode(user.Name)} <span>{user.Id}</span></h2>
            {string.Concat(choices)}{all}</section>

            """;
    }

    private static string Button(string choice, string text) => $"<button name=\"choice\" value=\"{choice}\">{text}</button>\n";

    // "SERVICE_PROVIDER_CLINICIAN" in words.
    private static string Words(string role) => $"{role[0]}{role[1..].Replace('_', ' ').ToLowerInvariant()}";

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
