namespace EReferrals.Http;

/// <summary>Placeholder of the outermost middleware.</summary>
public sealed class HttpMiddleware;
