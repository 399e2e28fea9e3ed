using System.Net;
using EReferrals.Tests.Slots;
using EReferrals.Tests.Transfers;

namespace EReferrals.Tests.Ers;

/// <summary>A016 when another change of the referral comes between any two of its storage calls.</summary>
public sealed class BookingOvertakenTests(TransferApp transfers) : IClassFixture<TransferApp>
{
    private const int MostCalls = 40;

    private readonly RunningApp _app = transfers.App;

    [Fact]
    public async Task A_booking_for_another_patient_that_names_the_next_version_is_never_made()
    {
        var hospital = transfers.NewOrganisation();
        var service = await _app.ServiceAsync(hospital);
        await _app.PublishAsync(hospital, service, SlotSteps.Slot("slot", priority: "ROUTINE"));
        var slot = Assert.Single(await _app.FreeSlotsAsync(service));
        var calls = 0;
        for (var isInterrupted = true; isInterrupted; calls++)
        {
            Assert.True(calls < MostCalls);
            var (referral, other) = (await _app.CreatedAsync(service), await _app.CreatedAsync(service));
            var file = await _app.ErsUploadAsync(Sample.ReferringClinician, referral.IdOf());
            var booking = BookingSteps.Booking(referral, service, slot);
            booking["incomingReferral"]![0]!["reference"] = $"ReferralRequest/{referral.IdOf()}/_history/2";
            booking["participant"]![1]!["actor"]!["identifier"]!["value"] = BookingSteps.PatientOf(other);
            var status = HttpStatusCode.OK;

            isInterrupted = await transfers.RunAndInterruptAsync(
                calls + 1,
                async () =>
                {
                    using var answer = await _app.ErsBookAsync(booking);
                    status = answer.StatusCode;
                },
                async () =>
                {
                    using var answer = await _app.OperateAsync(
                        Sample.ReferringClinician, referral.IdOf(), "maintainReferralLetter", ErsSteps.Letters(file), 1);
                    await answer.ResourceAsync(200);
                });

            Assert.True(status is HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity, $"After call {calls + 1}: {(int)status}.");
            Assert.Equal("NOT_BOOKED", (await _app.ErsReferralAsync(referral.IdOf())).StateOf());
        }

        Assert.InRange(calls, 2, MostCalls);
        Assert.Equal(["slot FREE"], await _app.SlotsAsync(hospital, service));
    }
}
