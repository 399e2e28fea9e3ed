using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Organisations;

/// <summary>A service that patients can be referred to, as its provider defined it.</summary>
public record Service
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>ODS code of the organisation that provides it.</summary>
    public required string Provider { get; init; }

    public string? Site { get; init; }

    public required string Specialty { get; init; }

    public IReadOnlyList<string> ClinicTypes { get; init; } = [];

    public required IReadOnlyList<Priority> Priorities { get; init; }

    public required IReadOnlyList<RequestType> RequestTypes { get; init; }

    public Bookable Bookable { get; init; } = Bookable.Unspecified;

    /// <summary>Years, inclusive.</summary>
    public int? AgeFrom { get; init; }

    /// <summary>Years, inclusive.</summary>
    public int? AgeTo { get; init; }

    public GenderTreated? Gender { get; init; }

    public string? Instructions { get; init; }

    public string? Contact { get; init; }

    public string? Fax { get; init; }

    public bool Open { get; init; } = true;

    [JsonIgnore]
    public bool TakesTriage => RequestTypes.Contains(RequestType.TriageRequest);

    [JsonIgnore]
    public bool TakesAppointments => RequestTypes.Contains(RequestType.AppointmentRequest);

    [JsonIgnore]
    public bool TakesReferrals => TakesTriage || TakesAppointments;
}

[JsonConverter(typeof(CodeConverter<RequestType>))]
public enum RequestType
{
    TriageRequest,
    AppointmentRequest,
    AdviceAndGuidanceRequest,
}

[JsonConverter(typeof(CodeConverter<Bookable>))]
public enum Bookable
{
    Unspecified,
    DirectlyBookable,
    IndirectlyBookable,
}

[JsonConverter(typeof(CodeConverter<GenderTreated>))]
public enum GenderTreated
{
    Male,
    Female,
    MaleAndFemale,
}
