using System.Text.Json;
using EReferrals.Http;
using EReferrals.Http.Requests;

namespace EReferrals.Tests.Http;

public sealed class OperatorReasonTests
{
    [Theory]
    [InlineData(" .")]
    [InlineData("..............")]
    [InlineData("2026-11-29 10:14")]
    public void A_reason_without_words_is_refused_where_it_stands(string text)
    {
        var error = Assert.Single(ErrorsOf(text));

        Assert.Equal(("/reason", "INVALID_VALUE"), (error.Pointer, error.Code));
    }

    [Theory]
    [InlineData("Outage")]
    [InlineData("Ymholiad Ŵyl")]
    [InlineData("Registered in error:\nthe wrong patient.")]
    public void A_reason_with_words_is_read(string text) => Assert.Empty(ErrorsOf(text));

    private static List<FieldError> ErrorsOf(string text)
    {
        var fields = new JsonFields(JsonSerializer.SerializeToElement(new { reason = text }), "", []);
        var read = OperatorReason.Read(fields);
        Assert.Equal(fields.Errors.Count == 0 ? text : null, read);
        return fields.Errors;
    }
}
