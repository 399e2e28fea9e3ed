namespace EReferrals.Tests.Web;

/// <summary>Parts for answers that a script in the page makes up, in place of the service.</summary>
internal static class MadeUpAnswers
{
    /// <summary>
    /// Defines <c>window.entry</c> (an entry of a list, in the order of its number), <c>window.json</c> (an answer) and <c>window.realFetch</c>.
    /// </summary>
    public const string Script = """
        (() => {
          window.realFetch = window.fetch;
          window.json = (body) => Promise.resolve(new Response(JSON.stringify(body), { headers: { ETag: 'W/"1"' } }));
          window.entry = (n, name = 'Patient ' + n) => ({ ubrn: String(n).padStart(12, '0'), version: 1, state: 'AWAITING_TRIAGE', priority: 'ROUTINE',
            specialty: 'CARDIOLOGY', service: { id: '50001', name: 'Cardiology' }, patient: { nhsNumber: '9990000026', name, birthDate: '1980-02-01' },
            referrer: { organisation: 'D82106', clinician: '021600556514' }, received: '2026-11-01T09:00:00Z',
            pathwayStart: new Date(1.7e12 + n * 1000).toISOString(), rttBreach: '2027-03-01', letter: { status: 'PRESENT' }, attachments: 1,
            review: 'NEVER_REVIEWED' });
        })();

        """;
}
