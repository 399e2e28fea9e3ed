namespace EReferrals.Http.Requests;

/// <summary>
/// This function has query parameters. It reads them with <see cref="QueryReader"/>, which refuses the others. <see cref="QueryMiddleware"/> refuses
/// every query parameter of the other functions.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadsQueryAttribute : Attribute;
