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
        // What the Service Bus client throws for a claim that is missing.
        new UnauthorizedAccessException("'Send' claim(s) are required"),
    ];

    [Fact]
    public void A_store_or_broker_that_refuses_the_service_is_an_outage() => Assert.All(Refusals, refusal => Assert.True(Transient.Is(refusal)));

    [Fact]
    public void Several_failures_pass_when_each_of_them_does()
    {
        Assert.True(Transient.Is(new AggregateException(Refusals)));
        Assert.False(Transient.Is(new AggregateException([.. Refusals, new InvalidOperationException()])));
    }

    [Fact]
    public void Of_all_answers_of_a_store_those_pass_by_themselves_that_say_nothing_about_the_request()
    {
        var passing = Enumerable.Range(400, 200).Where(status => Transient.Is(new RequestFailedException(status, "Some answer")));

        Assert.Equal([401, 403, 408, 429, .. Enumerable.Range(500, 100)], passing);
    }

    [Fact]
    public void What_the_caller_cancelled_is_no_failure_that_passes() =>
        Assert.All(Refusals, refusal => Assert.False(Transient.Is(refusal, new CancellationToken(canceled: true))));

    [Fact]
    public void A_message_that_is_too_large_stays_too_large() =>
        Assert.False(Transient.Is(new ServiceBusException("Too large", ServiceBusFailureReason.MessageSizeExceeded)));
}
