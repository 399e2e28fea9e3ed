namespace EReferrals.Overload;

/// <summary>
/// Marks a function that knows without work whether a poll (<c>If-None-Match</c>) finds anything new, and that itself refuses the poll when it does and the
/// instance is overloaded. <see cref="OverloadMiddleware"/> lets its polls through. With the header alone any request could pass.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ShedsItselfAttribute : Attribute;
