using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Services;

/// <summary>Reads the definition of a service from a request body.</summary>
public static class ServiceBody
{
    private const int Name = 100;
    private const int Code = 64;
    private const int FreeText = 2000;
    private const int MaxItems = 100;
    private const int MaxAge = 150;

    /// <summary>Returns the service; null when the fields have errors.</summary>
    /// <param name="id">The id in the path.</param>
    public static Service? Read(JsonFields fields, string id)
    {
        if (fields.Text("id", Code) is { } bodyId && bodyId != id) fields.Add("id", "CONFLICTING_VALUES", "'id' must be the id in the path.");
        var name = fields.Text("name", Name, required: true);
        var provider = fields.Text("provider", Code, text => Identifiers.IsOdsCode(text), "an ODS code: 1-9 capital letters and digits", required: true);
        var site = fields.Text("site", Code, text => Identifiers.IsOdsCode(text), "an ODS site code: 1-9 capital letters and digits");
        var specialty = fields.Text("specialty", Code, text => Identifiers.IsListCode(text), ListCode, required: true);
        var clinicTypes = fields.Texts("clinicTypes", MaxItems, Code, text => Identifiers.IsListCode(text), ListCode);
        var priorities = fields.Codes<Priority>("priorities", required: true);
        var requestTypes = fields.Codes<RequestType>("requestTypes", required: true);
        var bookable = fields.Code<Bookable>("bookable");
        var (ageFrom, ageTo) = Ages(fields);
        var gender = fields.Code<GenderTreated>("gender");
        var instructions = fields.Text("instructions", FreeText, lines: true);
        var contact = fields.Text("contact", FreeText, lines: true);
        var fax = fields.Text("fax", Code);
        var open = fields.Flag("open");
        if (fields.Errors.Count > 0) return null;
        return new Service
        {
            Id = id,
            Name = name!,
            Provider = provider!,
            Site = site,
            Specialty = specialty!,
            ClinicTypes = clinicTypes ?? [],
            Priorities = priorities!,
            RequestTypes = requestTypes!,
            Bookable = bookable ?? Bookable.Unspecified,
            AgeFrom = ageFrom,
            AgeTo = ageTo,
            Gender = gender,
            Instructions = instructions,
            Contact = contact,
            Fax = fax,
            Open = open ?? true,
        };
    }

    private const string ListCode = "a code: capital letters, digits and underscores";

    private static (int? From, int? To) Ages(JsonFields fields)
    {
        var from = fields.Number("ageFrom", 0, MaxAge);
        var to = fields.Number("ageTo", 0, MaxAge);
        if (from > to) fields.Add("ageTo", "CONFLICTING_VALUES", "'ageTo' must not be less than 'ageFrom'.");
        return (from, to);
    }
}
