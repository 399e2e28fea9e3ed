using EReferrals.Referrals.Organisations;

namespace EReferrals.Security;

/// <summary>The roles that may call this function. A function with neither this nor <see cref="AnonymousAttribute"/> answers 403.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class RequiresAttribute(params Role[] roles) : Attribute
{
    public IReadOnlyList<Role> Roles { get; } = roles;
}

/// <summary>Whoever holds any role, one that may do nothing else too, may call this function.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresAnyRoleAttribute() : RequiresAttribute(Enum.GetValues<Role>());

/// <summary>Anybody may call this function, without a token. For ping, status, the description of the API and pages only.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AnonymousAttribute : Attribute;
