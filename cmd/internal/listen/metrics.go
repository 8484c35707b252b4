package listen

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metricsServer serves /metrics and /healthz. The zero value serves nothing.
type metricsServer struct {
	server   *http.Server
	listener net.Listener
}

// serveMetrics starts the server; address "" means none.
func serveMetrics(ctx context.Context, address string, p *pipeline, workers []*worker) (metricsServer, error) {
	if address == "" {
		return metricsServer{}, nil
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(&collector{p: p, workers: workers})
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if why := p.ill(); why != "" {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintln(w, why)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	config := net.ListenConfig{}
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return metricsServer{}, err
	}
	m := metricsServer{
		server:   &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10},
		listener: l,
	}
	go func() { _ = m.server.Serve(l) }() // ends by close
	return m, nil
}

func (m metricsServer) address() string {
	if m.listener == nil {
		return ""
	}
	return m.listener.Addr().String()
}

func (m metricsServer) close() {
	if m.server != nil {
		_ = m.server.Close()
	}
}

// ill says what does not work, without anything that a host has said; "" if all does.
func (p *pipeline) ill() string {
	switch {
	case p.desk.broken.Load() != nil:
		return "the inbox does not take crashes"
	case p.hosts.broken.Load():
		return "what hosts say can't be kept"
	}
	return ""
}

// collector reads the counters when somebody asks.
type collector struct {
	p       *pipeline
	workers []*worker
}

// metric is a row of what /metrics tells.
type metric struct {
	name, help string
	kind       prometheus.ValueType
	value      func(*collector) float64
}

// workersSum adds up what the workers say.
func workersSum(f func(*seen) uint64) func(*collector) float64 {
	return func(c *collector) float64 {
		var sum uint64
		for _, w := range c.workers {
			sum += f(w.seen.Load())
		}
		return float64(sum)
	}
}

func counted(f func(*desk) *atomic.Int64) func(*collector) float64 {
	return func(c *collector) float64 { return float64(f(c.p.desk).Load()) }
}

const (
	count = prometheus.CounterValue
	gauge = prometheus.GaugeValue
)

var metrics = []metric{
	{"datagrams_total", "Datagrams that came from senders that are heard.", count, workersSum(func(s *seen) uint64 { return s.Datagrams })},
	{"bytes_total", "Bytes of these datagrams.", count, workersSum(func(s *seen) uint64 { return s.Bytes })},
	{"records_total", "Records of extended netconsole that were put in order.", count, workersSum(func(s *seen) uint64 { return s.Records })},
	{"duplicates_total", "Datagrams that had come before.", count, workersSum(func(s *seen) uint64 { return s.Duplicates })},
	{"late_total", "Records that came after their place was given up.", count, workersSum(func(s *seen) uint64 { return s.Late })},
	{"lost_total", "Messages that senders counted and that did not come.", count, workersSum(func(s *seen) uint64 { return s.Lost })},
	{"torn_total", "Records of which fragments did not come.", count, workersSum(func(s *seen) uint64 { return s.Torn })},
	{"malformed_total", "Datagrams that contradict themselves.", count, workersSum(func(s *seen) uint64 { return s.Malformed })},
	{"forced_total", "Records that were given out early for want of room.", count, workersSum(func(s *seen) uint64 { return s.Forced })},
	{"reboots_total", "Senders that started anew.", count, workersSum(func(s *seen) uint64 { return s.Reboots })},
	{"refused_total", "Datagrams of senders that are not allowed.", count, workersSum(func(s *seen) uint64 { return s.refused })},
	{"kernel_dropped_total", "Datagrams that the kernel had no room for.", count, workersSum(func(s *seen) uint64 { return s.dropped })},
	{"forgotten_total", "Senders that made room for new ones.", count, workersSum(func(s *seen) uint64 { return s.Forgotten })},
	{"hurried_total", "Incidents that were closed early for want of room.", count, workersSum(func(s *seen) uint64 { return s.hurried })},
	{"sources", "Senders that are remembered.", gauge, workersSum(func(s *seen) uint64 { return uint64(s.Sources) })},
	{"pending_bytes", "Bytes that wait for what is missing before them.", gauge, workersSum(func(s *seen) uint64 { return uint64(s.Pending) })},
	{"incidents_open", "Incidents that are not over.", gauge, workersSum(func(s *seen) uint64 { return uint64(s.open) })},
	{"incidents_total", "Incidents that were over.", count, counted(func(d *desk) *atomic.Int64 { return &d.incidents })},
	{"incidents_left_out_total", "Incidents that were not analysed for want of room.", count, counted(func(d *desk) *atomic.Int64 { return &d.leftOut })},
	{"echoes_total", "Crashes that came a second time over another target of their host.", count, counted(func(d *desk) *atomic.Int64 { return &d.echoed })},
	{"kept_total", "Crashes that the inbox took.", count, counted(func(d *desk) *atomic.Int64 { return &d.kept })},
	{"keep_errors_total", "Failures of the inbox.", count, counted(func(d *desk) *atomic.Int64 { return &d.keepErrors })},
	{"unkept", "Crashes that wait until the inbox takes them.", gauge, counted(func(d *desk) *atomic.Int64 { return &d.waiting })},
	{"log_bytes_total", "Bytes written to the files of hosts.", count, func(c *collector) float64 { return float64(c.p.hosts.written.Load()) }},
	{"log_left_out_bytes_total", "Bytes that were not written to them.", count, func(c *collector) float64 { return float64(c.p.hosts.left.Load()) }},
}

var (
	crashesMetric = prometheus.NewDesc("nfoops_crashes_total", "Crashes, by severity and verdict.", []string{"severity", "verdict"}, nil)
	toldMetric    = prometheus.NewDesc("nfoops_told_total", "Crashes that were told of, by way and result.", []string{"way", "result"}, nil)
)

func (m *metric) desc() *prometheus.Desc {
	return prometheus.NewDesc("nfoops_"+m.name, m.help, nil, nil)
}

// Describe names all metrics.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for i := range metrics {
		ch <- metrics[i].desc()
	}
	ch <- crashesMetric
	ch <- toldMetric
}

// Collect reads them.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	for i := range metrics {
		m := &metrics[i]
		ch <- prometheus.MustNewConstMetric(m.desc(), m.kind, m.value(c))
	}
	c.p.desk.verdicts.Range(func(key, n any) bool {
		k := key.([2]string)
		ch <- prometheus.MustNewConstMetric(crashesMetric, count, float64(n.(*atomic.Int64).Load()), k[0], k[1])
		return true
	})
	for _, t := range c.p.tells {
		for result, n := range map[string]*atomic.Int64{"ok": &t.told, "failed": &t.failed, "left_out": &t.leftOut} {
			ch <- prometheus.MustNewConstMetric(toldMetric, count, float64(n.Load()), t.name, result)
		}
	}
}
