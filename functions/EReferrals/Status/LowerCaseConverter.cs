using System.Text.Json;
using System.Text.Json.Serialization;

namespace EReferrals.Status;

/// <summary>Writes the states of the status in lower case, unlike the e-RS codes.</summary>
internal sealed class LowerCaseConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
