using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace EReferrals.Local.Identity;

/// <summary>The page on which one of the seeded users is chosen.</summary>
internal static class SignInPage
{
    private const string Style = """
        body { font: 1rem/1.5 Arial, sans-serif; margin: 0; background: #f0f4f5; color: #212b32; }
        main { max-width: 46rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.75rem; margin: 0 0 .25rem; }
        h2 { font-size: 1.125rem; margin: 0 0 .5rem; }
        h2 span { font-weight: normal; color: #4c6272; }
        section { background: #fff; border: 1px solid #d8dde0; padding: .75rem 1rem 1rem; margin: 1rem 0; }
        button { font: inherit; display: block; width: 100%; text-align: left; margin: .375rem 0 0; padding: .5rem .75rem; cursor: pointer;
          background: #fff; color: #005eb8; border: 2px solid #005eb8; border-radius: 4px; }
        button:hover { background: #005eb8; color: #fff; }
        button:focus-visible, input:focus-visible, summary:focus-visible { outline: 4px solid #ffeb3b; outline-offset: 0; box-shadow: 0 0 0 6px #212b32; }
        input { font: inherit; padding: .25rem; border: 2px solid #4c6272; width: 6rem; }
        """;

    public static string StyleHash { get; } = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)));

    /// <param name="query">The query of the request, to which the form is sent.</param>
    public static string Render(IReadOnlyList<SeededUser> users, IReadOnlyDictionary<string, string> organisations, string query)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en-GB">
            <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <title>Sign in on this machine</title>
            <style>{Style}</style>
            </head>
            <body>
            <main>
            <h1>Choose who you are</h1>
            <p>This is the sign-in of the local platform: invented users, no passwords. A deployed service uses your organisation's sign-in.</p>
            <form method="post" action="{Encode("/local/authorize" + query)}">

            """);
        foreach (var user in users) AddUser(html, user, organisations);
        html.Append("""
            <details>
            <summary>For tests of an expired sign-in</summary>
            <p><label for="expires">Seconds until the token expires</label> <input id="expires" name="expiresIn" inputmode="numeric" /></p>
            </details>
            </form>
            </main>
            </body>
            </html>
            """);
        return html.ToString();
    }

    private static void AddUser(StringBuilder html, SeededUser user, IReadOnlyDictionary<string, string> organisations)
    {
        html.Append(CultureInfo.InvariantCulture, $"""<section aria-labelledby="u{user.Id}"><h2 id="u{user.Id}">{Encode(user.Name)} """);
        html.Append(CultureInfo.InvariantCulture, $"<span>{user.Id}</span></h2>\n");
        foreach (var pair in user.Roles)
        {
            var (organisation, role) = (pair.Split(':')[0], pair.Split(':')[1]);
            var name = organisations.GetValueOrDefault(organisation, organisation);
            AddButton(html, $"{user.Id}|{pair}", $"{Words(role)} at {Encode(name)} ({organisation})");
        }

        if (user.Roles.Count > 1) AddButton(html, $"{user.Id}|*", "All of these, to switch between them");
        html.Append("</section>\n");
    }

    private static void AddButton(StringBuilder html, string choice, string text) =>
        html.Append(CultureInfo.InvariantCulture, $"<button name=\"choice\" value=\"{choice}\">{text}</button>\n");

    // "SERVICE_PROVIDER_CLINICIAN" in words.
    private static string Words(string role) => $"{role[0]}{role[1..].Replace('_', ' ').ToLowerInvariant()}";

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
