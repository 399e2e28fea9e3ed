using System.Globalization;
using System.Text.Json;
using EReferrals.Http.Requests;

namespace EReferrals.Tests.Http;

public class PlausibleRangeTests
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    // Field: days before and after the reference time. Where nothing may be in the future, the clock tolerance is added.
    private static readonly string[] Table =
    [
        "patient.birthDate: 47482.5 before now, 0 after",
        "pathwayStart: 365 before now, 0 after",
        "appointment start: 1 before now, 730.5 after",
        "appointment end: 0 before 'start', 2 after",
        "paper at: 30 before now, 0 after",
        "paper appointment start: 1 before 'at', 730.5 after",
        "message until: 0 before now, 365.25 after",
        "mode until: 0 before now, 365.25 after",
    ];

    public static TheoryData<string> Fields { get; } = [.. PlausibleRange.All.Select(range => range.Field)];

    [Fact]
    public void The_plausible_ranges_are_those_of_this_table() => Assert.Equal(
        Table,
        PlausibleRange.All.Select(range => string.Create(
            CultureInfo.InvariantCulture, $"{range.Field}: {range.Before.TotalDays} before {range.Around}, {range.After.TotalDays} after")));

    [Theory]
    [MemberData(nameof(Fields))]
    public void An_instant_at_a_limit_is_accepted_and_one_beyond_it_is_rejected(string field)
    {
        var range = PlausibleRange.All.Single(range => range.Field == field);
        var present = new Present(Sample.Now, Tolerance);
        var (first, last) = (Sample.Now - range.Before, Sample.Now + (range.After > Tolerance ? range.After : Tolerance));
        var moment = TimeSpan.FromMilliseconds(1);

        Assert.Null(range.Fault("x", first, present));
        Assert.Null(range.Fault("x", last, present));
        Assert.NotNull(range.Fault("x", first - moment, present));
        Assert.NotNull(range.Fault("x", last + moment, present));
    }

    [Theory]
    [InlineData("1896-11-23", true)]
    [InlineData("1896-11-22", false)]
    [InlineData("2026-11-25", true)]
    [InlineData("2026-11-26", false)]
    public void A_birth_date_lies_within_130_years(string date, bool isTaken) => Assert.Equal(
        isTaken,
        PlausibleRange.BirthDate.Fault("birthDate", DateOnly.Parse(date, CultureInfo.InvariantCulture), new Present(Sample.Now, Tolerance)) is null);

    [Fact]
    public void A_birth_date_of_today_by_the_callers_clock_is_accepted() => Assert.Null(PlausibleRange.BirthDate.Fault(
        "birthDate", new DateOnly(2026, 11, 26), new Present(new DateTimeOffset(2026, 11, 25, 23, 56, 0, TimeSpan.Zero), Tolerance)));

    [Fact]
    public void The_clock_tolerance_is_a_setting()
    {
        var ahead = Sample.Now.AddMinutes(4);

        Assert.Null(PlausibleRange.PathwayStart.Fault("x", ahead, new Present(Sample.Now, Tolerance)));
        Assert.NotNull(PlausibleRange.PathwayStart.Fault("x", ahead, new Present(Sample.Now, TimeSpan.FromMinutes(3))));
    }

    [Theory]
    [InlineData("2026-11-01T09:00:00Z", "2026-11-01T09:00:00.000Z")]
    [InlineData("2026-11-01t09:00:00z", "2026-11-01T09:00:00.000Z")]
    [InlineData("2026-11-01 09:00:00Z", "2026-11-01T09:00:00.000Z")]
    [InlineData("2026-11-01T09:00:00.1Z", "2026-11-01T09:00:00.100Z")]
    [InlineData("2026-11-01T09:00:00.123456789Z", "2026-11-01T09:00:00.123Z")]
    [InlineData("2026-11-01T09:00:00.9999999+00:00", "2026-11-01T09:00:00.999Z")]
    [InlineData("2026-11-01T09:00:00-00:00", "2026-11-01T09:00:00.000Z")]
    [InlineData("2026-11-01T09:00:00+23:59", "2026-10-31T09:01:00.000Z")]
    [InlineData("2026-12-31T23:59:60Z", "2026-12-31T23:59:59.999Z")]
    [InlineData("2027-01-01T00:59:60+01:00", "2026-12-31T23:59:59.999Z")]
    [InlineData("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z")]
    public void An_RFC_3339_instant_is_read_and_kept_in_milliseconds(string text, string kept)
    {
        Assert.True(IsoInstant.TryParse(text, out var instant));
        Assert.Equal(kept, EReferrals.Referrals.Values.InstantConverter.TextOf(instant));
        Assert.Equal(instant, instant.InMilliseconds());
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-11-01")]
    [InlineData("2026-11-01T09:00Z")]
    [InlineData("2026-11-01T09:00:00")]
    [InlineData("2026-11-01T09:00:00.Z")]
    [InlineData("2026-11-01T09:00:00.1234567890Z")]
    [InlineData("2026-11-01T09:00:00,5Z")]
    [InlineData("2026-02-29T09:00:00Z")]
    [InlineData("2026-13-01T09:00:00Z")]
    [InlineData("2026-11-01T24:00:00Z")]
    [InlineData("2026-11-01T09:60:00Z")]
    [InlineData("2026-11-01T09:00:60Z")]
    [InlineData("2026-11-01T09:00:00+24:00")]
    [InlineData("2026-11-01T09:00:00+0100")]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00+00:01")]
    [InlineData("9999-12-31T23:59:59-00:01")]
    [InlineData("2026-11-01T09:00:00Z\n")]
    [InlineData("٢٠٢٦-11-01T09:00:00Z")]
    public void A_text_that_is_not_an_instant_is_rejected(string text) => Assert.False(IsoInstant.TryParse(text, out _));

    [Fact]
    public void The_problem_names_each_field_that_is_out_of_range()
    {
        using var document = JsonDocument.Parse("""{"start":"2126-11-01T09:00:00Z","end":"2026-11-01T09:00:00Z","birthDate":"1026-11-01"}""");
        var fields = new JsonFields(document.RootElement, "", []);
        var start = fields.Instant("start", PlausibleRange.AppointmentStart, new Present(Sample.Now, Tolerance));
        fields.Instant("end", PlausibleRange.AppointmentEnd, Present.At(start));
        fields.Date("birthDate", PlausibleRange.BirthDate, new Present(Sample.Now, Tolerance));

        Assert.Equal(
            ["/start INVALID_VALUE", "/end INVALID_VALUE", "/birthDate INVALID_VALUE"], fields.Errors.Select(error => $"{error.Pointer} {error.Code}"));
    }
}
