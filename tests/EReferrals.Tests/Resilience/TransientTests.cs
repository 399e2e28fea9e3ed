using Azure;
using Azure.Identity;
using Azure.Messaging.ServiceBus;
using EReferrals.Resilience;

namespace EReferrals.Tests.Resilience;

public sealed class TransientTests
{
    private static readonly Exception[] Refusals =
    [
        new RequestFailedException(401, "No token"),
        new RequestFailedException(403, "No role", "AuthorizationPermissionMismatch", innerException: null),
        new AuthenticationFailedException("The identity's endpoint does not answer"),
        new CredentialUnavailableException("The identity is not there yet"),
        // The Service Bus client throws this exception when a claim is missing.
        new UnauthorizedAccessException("'Send' claim(s) are required"),
    ];

    [Fact]
    public void A_403_from_a_store_or_a_refusal_from_the_broker_is_transient() => Assert.All(Refusals, refusal => Assert.True(Transient.Is(refusal)));

    [Fact]
    public void An_aggregate_exception_is_transient_when_all_of_its_exceptions_are()
    {
        Assert.True(Transient.Is(new AggregateException(Refusals)));
        Assert.False(Transient.Is(new AggregateException([.. Refusals, new InvalidOperationException()])));
    }

    [Fact]
    public void A_storage_status_is_transient_when_it_says_nothing_about_the_request()
    {
        var transient = Enumerable.Range(400, 200).Where(status => Transient.Is(new RequestFailedException(status, "Some answer")));

        Assert.Equal([401, 403, 408, 429, .. Enumerable.Range(500, 100)], transient);
    }

    [Fact]
    public void A_cancellation_by_the_caller_is_not_transient() =>
        Assert.All(Refusals, refusal => Assert.False(Transient.Is(refusal, new CancellationToken(canceled: true))));

    [Fact]
    public void A_message_that_is_too_large_is_not_transient() =>
        Assert.False(Transient.Is(new ServiceBusException("Too large", ServiceBusFailureReason.MessageSizeExceeded)));
}
