using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;

namespace EReferrals.Tests.Messaging;

public class BusRetriesTests
{
    private static readonly BusRetries Retries = new();

    [Theory]
    [InlineData(ServiceBusFailureReason.ServiceCommunicationProblem)]
    [InlineData(ServiceBusFailureReason.ServiceTimeout)]
    public void A_failure_that_may_pass_is_tried_once_more_and_soon(ServiceBusFailureReason reason)
    {
        Assert.InRange(Delay(reason, attempt: 1)!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(0.5));
        Assert.Null(Delay(reason, attempt: 2));
    }

    [Theory]
    [InlineData(ServiceBusFailureReason.ServiceBusy)]
    [InlineData(ServiceBusFailureReason.MessageSizeExceeded)]
    public void A_busy_service_is_not_asked_again_and_a_failure_that_lasts_is_not_repeated(ServiceBusFailureReason reason) =>
        Assert.Null(Delay(reason, attempt: 1));

    [Fact]
    public void A_try_ends_before_the_limit_of_a_send_so_that_a_second_one_can_succeed() =>
        Assert.InRange(Retries.CalculateTryTimeout(attemptCount: 0), TimeSpan.FromSeconds(1), BoundedSend.Limit - TimeSpan.FromSeconds(0.5));

    private static TimeSpan? Delay(ServiceBusFailureReason reason, int attempt) =>
        Retries.CalculateRetryDelay(new ServiceBusException("refused", reason), attempt);
}
