using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using EReferrals.Http.Requests;
using EReferrals.Intake;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Benchmarks.Micro;

#pragma warning disable CA1515, CA1822 // the library asks for public types and instance methods

public class SubmissionPath
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 9, 30, 0, TimeSpan.Zero);
    private static readonly Actor Clinician = new("021600556514", "D82106", Role.ReferringClinician);
    private static readonly byte[] Body = Encoding.UTF8.GetBytes(SubmissionBody.For().Replace(SubmissionBody.Patient, "9912003888", StringComparison.Ordinal));
    private static readonly Service Service = new()
    {
        Id = "50001",
        Name = "Cardiology Triage Service",
        Provider = "R69",
        Specialty = "CARDIOLOGY",
        Priorities = [Priority.Routine],
        RequestTypes = [RequestType.TriageRequest],
    };

    private static readonly Submission Accepted = Read() with { Ubrn = Ubrn.FromSequence(1234) };
    private static readonly byte[] Message = JsonSerializer.SerializeToUtf8Bytes(Accepted, MessageJson.Default.Submission);

    [Benchmark]
    public object ParseAndValidateASubmission() => Read();

    [Benchmark]
    public byte[] WriteTheMessage() => JsonSerializer.SerializeToUtf8Bytes(Accepted, MessageJson.Default.Submission);

    [Benchmark]
    public object? ReadTheMessage() => JsonSerializer.Deserialize(Message, MessageJson.Default.Submission);

    [Benchmark]
    public object Decide() => ReferralRules.Submit(Accepted, Service, [], [], Now);

    internal static Submission Create(Ubrn ubrn) => Accepted with { Ubrn = ubrn };

    private static Submission Read()
    {
        if (!JsonBody.Parse(Body).TryGet(out var body, out _)) throw new InvalidOperationException("The body of the benchmark is not JSON.");
        using (body)
        {
            return SubmissionReader.Read(body.Root, Clinician, new Present(Now, Present.Tolerance), "correlation").TryGet(out var submission, out _)
                ? submission
                : throw new InvalidOperationException("The body of the benchmark is not a valid submission.");
        }
    }
}
