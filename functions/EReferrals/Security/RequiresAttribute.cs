using EReferrals.Referrals.Organisations;

namespace EReferrals.Security;

/// <summary>The roles that may call this function. A function with neither this nor <see cref="AnonymousAttribute"/> responds 403.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class RequiresAttribute(params Role[] roles) : Attribute
{
    public IReadOnlyList<Role> Roles { get; } = roles;

    /// <summary>What the caller's headers must be.</summary>
    public CallerHeaders Headers { get; protected set; }
}

/// <summary>A caller with any role may call this function, even a role that may call no other function.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresAnyRoleAttribute() : RequiresAttribute(Enum.GetValues<Role>());

/// <summary>This function needs no token. Only for ping, status, the API description and pages.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AnonymousAttribute : Attribute;
