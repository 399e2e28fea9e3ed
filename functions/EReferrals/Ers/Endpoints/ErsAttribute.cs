using EReferrals.Security;

namespace EReferrals.Ers.Endpoints;

/// <summary>Gives a function the access of its row in <see cref="ErsEndpoints"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ErsAttribute : RequiresAttribute
{
    /// <param name="id">The number of NHS e-RS, such as A005.</param>
    public ErsAttribute(string id) : base([.. ErsEndpoints.Of(id).Roles])
    {
        Id = id;
        Headers = CallerHeaders.Ers;
    }

    public string Id { get; }

    /// <summary>The operation is about the signed-in user, who has not chosen an organisation and role yet.</summary>
    public bool IsAboutUser
    {
        get => Headers == CallerHeaders.None;
        set => Headers = value ? CallerHeaders.None : CallerHeaders.Ers;
    }
}
