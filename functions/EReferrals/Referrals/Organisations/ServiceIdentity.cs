namespace EReferrals.Referrals.Organisations;

/// <summary>
/// What people recognise a service by and reach it by. A change of it is shown only after approval, because it could impersonate another. The instructions
/// are a part of it, because they can name a fax number or an address too, and the site, which is a place.
/// </summary>
public sealed record ServiceIdentity(
    string Name, string Provider, string? Contact, string? Fax, string? Site = null, string? Instructions = null)
{
    public static ServiceIdentity Of(Service service) =>
        new(service.Name, service.Provider, service.Contact, service.Fax, service.Site, service.Instructions);

    public Service ApplyTo(Service service) => service with
    {
        Name = Name, Provider = Provider, Contact = Contact, Fax = Fax, Site = Site, Instructions = Instructions,
    };
}
