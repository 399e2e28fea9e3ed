using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;

namespace EReferrals.Tests.Ers;

/// <summary>The official R4 library. Its strict parser refuses unknown elements, values of a wrong type or form, and missing mandatory elements.</summary>
internal static class OfficialR4
{
    public static Resource Parse(string json)
    {
        var isValid = FhirJsonDeserializer.STRICT.TryDeserializeResource(json, out var resource, out var faults);
        Assert.True(isValid, $"{string.Join('\n', faults.Select(fault => fault.Message))}\n{json}");
        return resource!;
    }

    public static T Parse<T>(string json) where T : Resource => Assert.IsType<T>(Parse(json));
}
