namespace EReferrals.Referrals.Organisations;

/// <summary>What people recognise a service by and reach it by. A change of it is shown only after approval, because it could impersonate another.</summary>
public sealed record ServiceIdentity(string Name, string Provider, string? Contact, string? Fax)
{
    public static ServiceIdentity Of(Service service) => new(service.Name, service.Provider, service.Contact, service.Fax);

    public Service ApplyTo(Service service) => service with { Name = Name, Provider = Provider, Contact = Contact, Fax = Fax };
}
