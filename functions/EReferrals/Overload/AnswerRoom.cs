using EReferrals.Http;
using EReferrals.Resilience;
using EReferrals.Telemetry;

namespace EReferrals.Overload;

/// <summary>What one answer holds of the memory for large answers. Disposing it gives everything back.</summary>
internal sealed class AnswerRoom(LargeAnswers large, ServiceTelemetry telemetry) : IDisposable
{
    private readonly List<IDisposable> _places = [];

    /// <summary>The problem, with Retry-After, when there is no room for so many bytes more; else null, and the answer has them.</summary>
    public Problem? Refuse(long bytes)
    {
        if (bytes < LargeAnswers.Least) return null;
        if (large.TryEnter(bytes) is { } place)
        {
            _places.Add(place);
            return null;
        }

        telemetry.Shed("overload");
        return Problem.Unavailable("Too many large answers are being made. Retry the request after the time in Retry-After.", Jitter.Between(2, 10));
    }

    public void Dispose()
    {
        foreach (var place in _places) place.Dispose();
    }
}
