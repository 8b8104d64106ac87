"""GLSL that mends VTK's impostors: spheres whose polygon is a little too small in perspective, sticks that show the wrong end there.

An impostor is a flat polygon on which the fragment shader works out where the ray of each pixel meets the true surface.
"""

from __future__ import annotations

SPHERE_REACH = """
  float e3Far = dot(centerVCGSOutput, centerVCGSOutput);
  float e3Reach = cameraParallel != 0 ? 1.0 : sqrt(e3Far / max(e3Far - radiusVCGSOutput * radiusVCGSOutput, 0.02 * e3Far));
  //VTK::Picking::Impl
"""

STICK_END = """orientVCGSOutput = orientVCVSOutput[0];
  if (cameraParallel == 0 && dot(orientVCGSOutput, centerVCGSOutput) > 0.0) { orientVCGSOutput = -orientVCGSOutput; }"""

STICK_SURFACE = """
  bool e3Straight = cameraParallel != 0;
  vec3 e3Along = e3Straight ? vec3(0.0, 0.0, -1.0) : normalize(vertexVC.xyz);
  vec3 e3From = vertexVC.xyz - e3Along * (2.0 * radiusVCVSOutput) - centerVCVSOutput;
  vec3 e3Axis = normalize(orientVCVSOutput);
  float e3Half = 0.5 * lengthVCVSOutput;
  float e3AlongAxis = dot(e3Along, e3Axis), e3FromAxis = dot(e3From, e3Axis);
  vec3 e3Across = e3Along - e3AlongAxis * e3Axis, e3Off = e3From - e3FromAxis * e3Axis;
  float e3A = max(dot(e3Across, e3Across), 1e-12), e3B = dot(e3Across, e3Off);
  float e3C = dot(e3Off, e3Off) - radiusVCVSOutput * radiusVCVSOutput;
  float e3D = e3B * e3B - e3A * e3C;
  if (e3D < 0.0) { discard; }
  float e3T = (-e3B - sqrt(e3D)) / e3A;
  float e3Z = e3FromAxis + e3T * e3AlongAxis;
  vec3 normalVCVSOutput = (e3Off + e3T * e3Across) / radiusVCVSOutput;
  if (abs(e3Z) > e3Half) {
    float e3End = -sign(e3AlongAxis) * e3Half;
    e3T = (e3End - e3FromAxis) / e3AlongAxis;
    vec3 e3Flat = e3Off + e3T * e3Across;
    if (e3Z * e3End < 0.0 || dot(e3Flat, e3Flat) > radiusVCVSOutput * radiusVCVSOutput) { discard; }
    normalVCVSOutput = e3Axis * sign(e3End);
  }
  vertexVC.xyz = e3From + e3T * e3Along + centerVCVSOutput;
  vec4 e3Place = VCDCMatrix * vertexVC;
  gl_FragDepth = (e3Place.z / e3Place.w + 1.0) / 2.0;
"""

RING_DEPTH = """
  vec4 e3Middle = VCDCMatrix * vec4(centerVCVSOutput, 1.0);
  gl_FragDepth = (e3Middle.z / e3Middle.w + 1.0) / 2.0;
"""
