namespace EReferrals.Security;

/// <summary>The rules for the headers in which a caller names its organisation and role.</summary>
public enum CallerHeaders
{
    /// <summary>A user sends them. An application that sends them gets 400.</summary>
    Plain,

    /// <summary>The same, but an application that sends them gets 403 (e-RS).</summary>
    Ers,

    /// <summary>A user need not send them: the function is about the user, and the first organisation and role of the token stand for the caller.</summary>
    None,
}
