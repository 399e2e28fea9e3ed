namespace EReferrals.Benchmarks;

internal static class SubmissionBody
{
    /// <summary>Stands where each sent body has a patient of its own.</summary>
    public const string Patient = "{nhsNumber}";

    /// <summary>About 2 KB, as a referral with a short clinical text is.</summary>
    public static string For(string service = "50001") => $$"""
        {"patient":{"nhsNumber":"{{Patient}}","familyName":"Jones","givenName":"Ann","birthDate":"1980-02-01"},"service":"{{service}}","priority":"ROUTINE",
         "specialty":"CARDIOLOGY","clinicType":"HEART_FAILURE","reason":"{{new string('x', 1_700)}}","snomed":["22298006"]}
        """;
}
