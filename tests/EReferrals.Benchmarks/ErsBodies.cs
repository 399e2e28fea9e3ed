namespace EReferrals.Benchmarks;

/// <summary>Addresses and bodies of the e-RS API.</summary>
internal static class ErsBodies
{
    public const string Fhir = "application/fhir+json";
    public const string Referrals = "/referrals/FHIR/STU3/ReferralRequest";
    public const string CreateReferral = Referrals + "/$ers.createReferral";
    public const string FetchWorklist = Referrals + "/$ers.fetchworklist";

    private const string CodeSystems = "https://fhir.nhs.uk/STU3/CodeSystem";
    private const string Profiles = "https://fhir.nhs.uk/STU3/StructureDefinition";

    public static string Worklist(string list) => $$"""
        {"resourceType":"Parameters","meta":{"profile":["{{Profiles}}/eRS-FetchWorklist-Parameters-1"]},
         "parameter":[{"name":"listType","valueCodeableConcept":{"coding":[{"system":"{{CodeSystems}}/eRS-ReferralListSelector-1","code":"{{list}}"}]} }]}
        """;

    /// <summary>A body of A011 with the placeholder of <see cref="SubmissionBody"/> for the patient.</summary>
    public static string Creation(string service = "11002") => $$"""
        {"resourceType":"Parameters","meta":{"profile":["{{Profiles}}/eRS-CreateReferral-Parameters-1"]},
         "parameter":[
          {"name":"patient","valueIdentifier":{"system":"http://fhir.nhs.net/Id/nhs-number","value":"{{SubmissionBody.Patient}}"} },
          {"name":"shortlist","resource":{
            "resourceType":"List","meta":{"profile":["{{Profiles}}/eRS-Shortlist-List-1"]},"status":"current","mode":"snapshot",
            "contained":[{
              "resourceType":"Parameters","id":"criteria","meta":{"profile":["{{Profiles}}/eRS-ServiceSearchCriteria-Parameters-1"]},
              "parameter":[
               {"name":"priority","valueCoding":{"system":"{{CodeSystems}}/eRS-Priority-1","code":"ROUTINE"} },
               {"name":"specialty","valueCoding":{"system":"https://elsewhere.example/FHIR/STU3/CodeSystem/SPECIALTY","code":"CARDIOLOGY"} },
               {"name":"ageAndGenderAppropriate","valueBoolean":true}]}],
            "extension":[{"url":"{{Profiles}}/Extension-eRS-Shortlist-SearchCriteria-1","valueReference":{"reference":"#criteria"} }],
            "entry":[{"item":{"identifier":{"system":"http://fhir.nhs.net/Id/ers-service","value":"{{service}}"} } }]} },
          {"name":"intentionToAddReferralLetter","valueCoding":{"system":"{{CodeSystems}}/eRS-ReferralLetterIntention-1","code":"NEED_TO_ADD_LATER"} },
          {"name":"firstReminderLetterFollowUpDays","valueUnsignedInt":0}]}
        """;
}
