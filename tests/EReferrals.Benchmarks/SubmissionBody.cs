namespace EReferrals.Benchmarks;

internal static class SubmissionBody
{
    /// <summary>Placeholder for the patient, which differs in each sent body.</summary>
    public const string Patient = "{nhsNumber}";

    /// <summary>About 2 KB, as for a referral with a short clinical text.</summary>
    public static string For(string service = "50001") => $$"""
        {"patient":{"nhsNumber":"{{Patient}}","familyName":"Jones","givenName":"Ann","birthDate":"1980-02-01"},"service":"{{service}}","priority":"ROUTINE",
         "specialty":"CARDIOLOGY","clinicType":"HEART_FAILURE","reason":"{{new string('x', 1_700)}}","snomed":["22298006"]}
        """;
}
