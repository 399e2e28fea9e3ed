#pragma warning disable CA1822 // replaced by the slice
using EReferrals.Http;
using Microsoft.Azure.Functions.Worker.Http;
namespace EReferrals.Audit;
public enum AuditedAction { ReferralRead, HistoryRead, WorklistRead, ChangesRead }
public sealed class AuditTrail {
 public Task ReadAsync(HttpRequestData r, AuditedAction a, string what, CancellationToken c) => Task.CompletedTask;
 public Task<HttpResponseData> RefuseAsync(HttpRequestData r, Problem p, CancellationToken c, string? what = null) => r.AnswerAsync(p, c);
}
